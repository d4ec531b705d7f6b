"""What an export takes of memory does not grow with the people, by databases of a hundred and of seven hundred."""

from __future__ import annotations

from pathlib import Path

from benchmarks.many import fill, measure

FEW, MANY = 100, 700
MIB = 30
"""What 600 more people may take, where all of their acts at once took 150 MiB."""


def test_an_export_of_many_takes_hardly_more_memory_than_one_of_few(tmp_path: Path) -> None:
    peaks = []
    for people in (FEW, MANY):
        file, out = tmp_path / f"{people}.sqlite3", tmp_path / f"{people}-export"
        fill(file, people)
        peaks.append(measure(["export", "leadership", "--database", f"sqlite:///{file}", "--out", str(out)])[1])
        assert (out / "sorts.csv").read_text().partition("\n")[0].count(",") == people + 1
    assert peaks[1] - peaks[0] < MIB, peaks
