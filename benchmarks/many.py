"""A database of thousands of people, and what commands take of it: ``python -m benchmarks.many --people 10000``.

Thirty people who do not exist sort as `qmethod simulate` has them; everybody else is a copy of one of them under a name of their own. Each
command runs in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from qmethod_studies.store.keyring import Keyring
from qmethod_studies.store.rows import PARTICIPANT

ORIGINALS = 30
HANGING = ("consent", "placement", "answer", "comment", "event")


def fill(file: Path, people: int, study: str = "leadership") -> None:
    """Make a database with so many submitted sorts of people.

    Parameters
    ----------
    file : pathlib.Path
        Of SQLite; it must not be there.
    people : int
    study : str
        One that ships with a definition.
    """
    command = [sys.executable, "-m", "qmethod", "simulate", study, "-n", str(ORIGINALS), "--seed", "1", "--database", f"sqlite:///{file}"]
    subprocess.run(command, check=True, capture_output=True)
    ring, draw = Keyring(file.with_name(f"{file.name}.keys")), random.Random(1)
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous=OFF").close()
        database.execute("BEGIN").close()
        database.execute("UPDATE person SET simulated = 0").close()
        columns = {name: [row[1] for row in database.execute(f"PRAGMA table_info({name})")] for name in ("person", "response", *HANGING)}
        originals = database.execute("SELECT p.id, r.id, p.key_name FROM person p JOIN response r ON r.person_id = p.id").fetchall()

        def copy(table: str, where: str, number: int, **changed: object) -> None:
            kept = [name for name in columns[table] if name != "id" or name in changed]
            values = ", ".join("?" if name in changed else name for name in kept)
            given = [changed[name] for name in kept if name in changed]
            database.execute(f"INSERT INTO {table} ({', '.join(kept)}) SELECT {values} FROM {table} WHERE {where} = ?", [*given, number]).close()

        for i in range(people - len(originals)):
            person, response, key = originals[i % len(originals)]
            new_person, new_response = draw.getrandbits(53), draw.getrandbits(53)
            hashes = {name: f"{draw.getrandbits(256):064x}" for name in ("mark", "key_hash", "code_hash")}
            copy("person", "id", person, id=new_person, participant=ring.seal(key, f"copy-{i:06d}", PARTICIPANT), **hashes)
            copy("response", "id", response, id=new_response, person_id=new_person)
            for table in HANGING:
                copy(table, "response_id", response, response_id=new_response)
        database.execute("COMMIT").close()


def measure(command: list[str]) -> tuple[float, float, float]:
    """Seconds, seconds of processor time and peak MiB of a command in a process of its own."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "qmethod", *command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise SystemExit(f"qmethod {' '.join(command)} failed")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Fill a database and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--keep", type=Path, help="a folder in which the databases stay, and are found again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = arguments.keep or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        print(f"{'people':>8}  {'command':<10} {'seconds':>8}  {'of processor':>12}  {'peak MiB':>8}")
        for people in arguments.people:
            file = folder / f"{people}.sqlite3"
            if not file.exists():
                fill(file, people)
            where = ("--database", f"sqlite:///{file}")
            for name, more in (("status", ()), ("export", ("--overwrite", "--out", str(folder / f"{people}-export")))):
                seconds, busy, peak = measure([name, "leadership", *more, *where])
                print(f"{people:>8,}  {name:<10} {seconds:>8.2f}  {busy:>12.2f}  {peak:>8.0f}", flush=True)


if __name__ == "__main__":
    main()
