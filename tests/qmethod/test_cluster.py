"""Two dask workers in processes of their own: the same solution, to the last bit."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor

import numpy as np
import pyarrow as pa
import pytest
from distributed import Client, LocalCluster
from pyarrow import parquet

import qmethod
from qmethod.formats import open_sorts, read
from qmethod.resampling.bootstrap import bootstrap
from qmethod.streaming.pipeline import analyse_in_chunks
from qmethod_studies import library
from tests import references


@pytest.fixture(scope="module")
def workers() -> Iterator[Executor]:
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client.get_executor()


def test_workers_read_the_chunks_themselves(workers: Executor, tmp_path) -> None:
    data = read(library.path("climate") / "sorts.csv")
    columns = {"participant": list(data.participants), **dict(zip(data.statements, np.asarray(data.sorts), strict=True))}
    parquet.write_table(pa.table(columns), tmp_path / "sorts.parquet", row_group_size=60)
    source, alone, shared = open_sorts(tmp_path / "sorts.parquet", rows=25), [], []
    one = analyse_in_chunks(source, 3, write=alone.append)
    two = analyse_in_chunks(source, 3, write=shared.append, executor=workers)
    assert one.to_dict() == two.to_dict()
    assert [part.participants.tolist() for part in alone] == [part.participants.tolist() for part in shared]
    for a, b in zip(alone, shared, strict=True):
        assert a.loadings.tobytes() == b.loadings.tobytes()
    columns |= {name: np.where(np.arange(435) == 200, 0, columns[name]) for name in data.statements}
    parquet.write_table(pa.table(columns), tmp_path / "spoilt.parquet", row_group_size=60)
    with pytest.raises(qmethod.DataError, match=r"all placements are the same \(participant p201\)"):
        analyse_in_chunks(open_sorts(tmp_path / "spoilt.parquet"), 3, executor=workers)


def test_they_bootstrap_too(workers: Executor) -> None:
    solution = qmethod.analyse(references.sorts("lipset"), 2, extraction="centroid")
    alone, shared = (bootstrap(solution, 24, rng=np.random.default_rng(1), executor=who) for who in (None, workers))
    assert alone.to_dict() == shared.to_dict()
