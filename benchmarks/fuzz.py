"""Each reader against bytes that nobody thought of: `make fuzz`, or `python -m benchmarks.fuzz htmlq --minutes 10` where atheris is installed.

What a reader does with any bytes is to read them or to refuse them by `QMethodError`, within `SECONDS` and `MEGABYTES`. Bytes that do otherwise are
kept, once for each place in the code, tried again in a process without atheris, and named if they do it again.
"""

from __future__ import annotations

import argparse
import io
import re
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "tests" / "formats" / "examples"
SECONDS, MEGABYTES = 2.0, 200
_LONGEST = 1 << 14
_BESIDE = ("listing", "wordings")
"""What is read and holds no sorts: figures, and wordings."""


def names() -> list[str]:
    """Every reader by the name of its module, and the two that read something else."""
    from qmethod.formats.registry import formats

    return [*sorted(each.sniff.__module__.rpartition(".")[2] for each in formats()), *_BESIDE]


def reader(name: str) -> Callable[[bytes], object]:
    """Read bytes if they are of this format; of others nothing is done."""
    from qmethod.formats import read, read_listing
    from qmethod.formats.registry import Content, formats
    from qmethod.formats.text import Document
    from qmethod.formats.wordings import read_wordings

    if name in _BESIDE:
        there = Path(tempfile.mkdtemp()) / "fuzzed.csv"
        from_path = read_listing if name == "listing" else read_wordings

        def by_path(raw: bytes) -> object:
            there.write_bytes(raw)
            return from_path(there)

        return by_path
    [form] = [each for each in formats() if each.sniff.__module__.endswith(f".{name}")]

    def by_content(raw: bytes) -> object:
        content = Content.of(Document(Path(f"fuzzed{form.endings[0]}"), f"fuzzed{form.endings[0]}", raw))
        if form.sniff(content) is None:
            return None
        held = io.BytesIO(raw)
        held.name = content.file
        return read(held)

    return by_content


def seeds(name: str, folder: Path) -> None:
    """Write the examples of a format into a folder, to begin from."""
    if name in _BESIDE:
        from qmethod.formats.writer import writers

        made = _written(next(each for each in writers() if each.key == "lis")) if name == "listing" else b"id,text\ns1,Trees make a street.\n"
        (folder / "example").write_bytes(made)
        return
    for path in (path for path in EXAMPLES.iterdir() if path.stem == name):
        for file in [path] if path.is_file() else path.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())


def _written(writer: object) -> bytes:
    """What a writer makes of the analysis of an example."""
    import qmethod

    solution = qmethod.analyse(qmethod.read(EXAMPLES / "table.csv"), 1)
    return next(iter(writer.make(solution, "study").files.values()))  # type: ignore[attr-defined]


def words_of(folder: Path) -> str:
    """A dictionary for libFuzzer: the words and signs of the examples."""
    found = {word for path in folder.iterdir() for word in re.findall(rb"[A-Za-z_]{2,20}|-?[0-9]+|[^\w\s]", path.read_bytes()[:20_000])}
    signs = (b"\n", b"\r\n", b"\t", b",", b";", b'"', b"\x00", b"\xef\xbb\xbf", b"\xff\xfe", b"NaN", b"-", b"1e999", b"\xd9\xa3", b"\x1e", b"|")
    return "\n".join('"' + "".join(f"\\x{byte:02x}" for byte in word) + '"' for word in sorted({*found, *signs})) + "\n"


def measured(read_bytes: Callable[[bytes], object], raw: bytes) -> str:
    """What was wrong with reading some bytes: nothing, or where it broke, in words."""
    from qmethod.errors import QMethodError

    start, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        read_bytes(raw)
    except QMethodError:
        pass
    except Exception as error:
        *_, frame = traceback.extract_tb(error.__traceback__)
        return f"{type(error).__name__}-{Path(frame.filename).stem}-{frame.lineno}"
    if time.process_time() - start > SECONDS:
        return "slow"
    return "large" if (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 > MEGABYTES else ""


def _fuzz(name: str, minutes: float, findings: Path) -> None:
    """Try mutated examples until the time is up; runs in a process of its own, which atheris ends."""
    import atheris

    with atheris.instrument_imports(include=["qmethod"]):
        read_bytes = reader(name)
    for path in EXAMPLES.iterdir():  # what is loaded when it is first needed is loaded, so that no input is blamed for it
        if path.is_file():
            measured(read_bytes, path.read_bytes())

    def one(raw: bytes) -> None:
        wrong = measured(read_bytes, raw)
        if wrong and not (kept := findings / f"{name}-{wrong}").exists():
            kept.write_bytes(raw)

    with tempfile.TemporaryDirectory() as corpus:
        seeds(name, Path(corpus))
        words = findings / f"{name}.words"
        words.write_text(words_of(Path(corpus)))
        given = [f"-max_total_time={round(60 * minutes)}", f"-dict={words}", f"-max_len={_LONGEST}", "-timeout=120", "-rss_limit_mb=2000"]
        atheris.Setup([sys.argv[0], corpus, *given, f"-artifact_prefix={findings}/{name}-stopped-", "-print_final_stats=1"], one)
        atheris.Fuzz()


def main() -> None:
    """Fuzz the readers that are named, or each, one after another; fail if anything was found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("readers", nargs="*", metavar="READER", help="the module of a reader, or listing, or wordings; each where none is named")
    parser.add_argument("--minutes", type=float, default=10.0, help="for each reader")
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"))
    parser.add_argument("--within", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--again", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    asked.findings.mkdir(exist_ok=True, parents=True)
    if asked.again:
        print(measured(reader(asked.readers[0]), asked.again.read_bytes()))
        return None
    if asked.within:  # nothing of qmethod has been imported: what is imported now is watched
        return _fuzz(asked.readers[0], asked.minutes, asked.findings)
    found = []
    for name in asked.readers or names():
        own = [sys.executable, "-m", "benchmarks.fuzz", name, "--findings", str(asked.findings)]
        done = subprocess.run([*own, "--minutes", str(asked.minutes), "--within"], capture_output=True, text=True, check=False)
        tried = re.search(r"number_of_executed_units: (\d+)", done.stderr)
        kept = [path for path in sorted(asked.findings.glob(f"{name}-*")) if not path.name.endswith(".words")]
        again = {path: subprocess.run([*own, "--again", str(path)], capture_output=True, text=True, check=False) for path in kept}
        wrong = {path: (run.stdout.strip() or "crash") for path, run in again.items() if run.returncode or run.stdout.strip()}
        found += wrong
        outcome = "".join(f"\n  {word}: {path}" for path, word in wrong.items()) or " nothing found"
        print(f"{name}: {int(tried[1]) if tried else 0:,} inputs,{outcome}", flush=True)
        if tried is None:
            print(done.stderr[-2000:], file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
