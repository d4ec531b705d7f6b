"""Databases with all that can be in one, and what is copied of them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from sqlalchemy import text

from qmethod_studies.definition import Study
from qmethod_studies.export import collect, export
from qmethod_studies.store import Keys, Restored, Store, backup, reflected, restore
from qmethod_studies.store.engine import make_engine
from qmethod_studies.store.schema import VERSION_TABLE
from tests.studies.store.acting import act, begin, new_key, places, submitted

ROOT = Path(__file__).parents[3]
ODD = "äö 'quoted' \"twice\"\n<b>, \u200b 𝒳 \\u0041 %s :p0"


def peopled(url: str, study: Study, who: str = "p") -> dict[str, str]:
    """A database with all that can be in one; the secrets of links, and whom they lead to."""
    with Store.open(url) as store:
        store.register(study)
        submitted(store, study, {"s9": ODD, "s1": "x"}, participant=f"{who}-sent")
        begun = begin(store, study, participant=f"{who}-{ODD[:20]}", language="es")
        store.save(
            begun.response.handle, [act("answer", question="age", value="101"), act("draft", columns={"s1": 1}), *places(study)[:4], act("undo")]
        )
        store.decline(study, participant=f"{who}-no", key=new_key())
        submitted(store, study, participant=f"{who}-drawn", simulated=True)
        gone = submitted(store, study, {"s2": "withdrawn words"}, participant=f"{who}-gone")
        links = store.invite(study.study, "link", participants=[None, None, f"{who}-zoe", f"{who}-yan"])
        store.invite(study.study, "code", participants=[None], uses=None, secret="leeds-autumn-4417")
        codes = {}
        for link in (links[0], links[2]):
            codes[str(link.secret)] = begin(store, study, invitation=link).code
        assert store.withdraw(study.study, gone.code)
        return {**codes, str(links[1].secret): "", str(links[3].secret): ""}


class Copy(io.BytesIO):
    """A backup, with the keys that were copied with it."""

    keys: Keys | None = None


def copied(url: str, study: str | None = None) -> Copy:
    file = Copy()
    file.keys = backup(url, file, study).keys
    file.seek(0)
    return file


def put(url: str, file: io.BytesIO, *, overwrite: bool = False) -> Restored:
    """Put a backup back, with its keys where it has any."""
    file.seek(0)
    return restore(url, file, "the.backup", keys=getattr(file, "keys", None), overwrite=overwrite)


def unsealed(lines: list[Any]) -> list[Any]:
    """The lines of a backup but for what is sealed, and by which key: of a database that was sealed twice, both are others each time."""
    sealed = {("person", "participant"), ("invitation", "participant"), ("answer", "value"), ("comment", "text")}
    found: list[Any] = []
    columns: list[bool] = []
    for line in lines:
        if isinstance(line, dict):
            columns = [name != "key_name" and (line["table"], name) not in sealed for name in line["columns"]]
        found.append(line if isinstance(line, dict) else [value for value, plain in zip(line, columns, strict=True) if plain])
    return found


def exported(url: str, study: str = "demo") -> dict[str, bytes]:
    """Every file of an export, the moment of writing left out."""
    with Store.open(url, must_exist=True) as store:
        found = export(collect(store, study, include_simulated=True)).files
    whole = json.loads(found["study.json"])
    for key in [key for key in whole if key in ("exported", "written", "made")]:
        del whole[key]
    sums = next(value for value in whole.values() if isinstance(value, dict) and "README.txt" in value)
    del sums["README.txt"]
    readme = b"\n".join(line for line in found["README.txt"].splitlines() if b"UTC" not in line)
    return {**found, "study.json": json.dumps(whole).encode(), "README.txt": readme}


def rows(url: str) -> dict[str, list[Any]]:
    """All that is in the tables, what belongs to one database left out."""
    if url.startswith("sqlite") and not Path(url.removeprefix("sqlite:///")).exists():
        return {}
    engine = make_engine(url)
    with engine.begin() as connection:
        names = [table.name for table in reflected.tables(connection) if table.name != VERSION_TABLE]
        found = {name: sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"')))) for name in names}
    engine.dispose()
    return found


def lead_back(url: str, links: dict[str, str], study: str = "demo") -> None:
    """Every link that was sent leads to its response, or still begins one."""
    with Store.open(url) as store:
        definition = store.study(study)
        for secret, code in links.items():
            invitation = store.invitation(study, "link", secret)
            assert invitation is not None
            assert store.by_invitation(study, invitation) == (code or None)
            if not code:
                begun = begin(store, definition, invitation=invitation)
                assert store.by_invitation(study, invitation) == begun.code
                assert store.find(study, begun.code) is not None
        assert store.invitation(study, "code", "Leeds Autumn 4417") is not None
        assert store.withdrawals(study) == 1


def packed(content: bytes) -> list[Any]:
    """The lines of a backup behind its first."""
    import gzip

    middle = content[content.index(b"\n") + 1 : -73]
    return [json.loads(line) for line in gzip.decompress(middle).splitlines()]
