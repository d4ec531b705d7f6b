"""Files that mean harm, as kinds: for every reader of the program the same ones, in the language that it reads.

Run as a program it reads each of them in a process of its own, forked when all is imported, and prints what became of it: exit status, seconds of the
processor, megabytes beyond those at the start, and what was said.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import re
import shutil
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

N = 100_000
SOON = 2.0
"""Seconds in which a file that means harm is refused."""
"""How often a kind repeats what does harm."""


@dataclass(frozen=True)
class Reader:
    """A file that somebody else may have made, and the command that reads it."""

    name: str
    file: str
    language: str
    words: tuple[str, ...]
    before: str = ""
    fits: bool = False
    """Whether the listing of the folder is made to fit what stands in the file."""


READERS = (
    Reader("recipe", "an/analysis.toml", "toml", ("run", "an/analysis.toml", "--out", "new"), before="recipe = 1\n"),
    Reader("recipe of a report", "an/analysis.toml", "toml", ("report", "an", "--formats", "md"), before="recipe = 1\n", fits=True),
    Reader("report.toml", "an/report.toml", "toml", ("report", "an", "--formats", "md")),
    Reader("listing", "an/analysis-files.txt", "lines", ("report", "an", "--formats", "md")),
    Reader("solution", "an/solution.json", "json", ("report", "an", "--formats", "md"), fits=True),
    Reader("bootstrap", "an/bootstrap.json", "json", ("report", "an", "--formats", "md"), fits=True),
    Reader("retention", "an/retention.json", "json", ("report", "an", "--formats", "md"), fits=True),
    Reader("site", "site/site-files.txt", "lines", ("publish", "an", "--out", "site")),
    Reader("licence", "an/LICENSE", "lines", ("publish", "an", "--out", "new")),
    Reader("citation of a study", "study/CITATION.cff", "yaml", ("report", "an", "--formats", "md", "--study", "study")),
    Reader("study", "study/study.yaml", "yaml", ("study", "check", "study")),
    Reader("statements", "study/statements.csv", "csv", ("study", "check", "study")),
    Reader("study of an export", "export/study.json", "json", ("study", "check", "export")),
    Reader("export of a report", "export/study.json", "json", ("report", "an", "--formats", "md", "--study", "export")),
    Reader("names of an export", "full/names.csv", "csv", ("report", "an", "--formats", "md", "--study", "full")),
    Reader("responses of an export", "full/responses.csv", "csv", ("analyse", "full", "-k", "2", "--no-retention", "--out", "new")),
    Reader("sorts", "sorts.csv", "csv", ("inspect", "sorts.csv")),
    Reader("sorts in chunks", "rows.csv", "csv", ("analyse", "rows.csv", "-k", "2", "--stream", "--out", "new")),
    Reader("packed sorts in chunks", "rows.csv.gz", "gz", ("analyse", "rows.csv.gz", "-k", "2", "--stream", "--out", "new")),
    Reader("sorts in JSON", "sorts.json", "json", ("inspect", "sorts.json")),
    Reader("project", "sorts.zip", "zip", ("inspect", "sorts.zip")),
    Reader("wordings", "texts.csv", "csv", ("inspect", "good.csv", "--statements", "texts.csv")),
    Reader("flags", "flags.csv", "csv", ("analyse", "good.csv", "-k", "2", "--flags", "flags.csv", "--no-retention", "--out", "new")),
    Reader("target", "target.csv", "csv", ("analyse", "good.csv", "-k", "2", "--rotation", "target", "--target", "target.csv", "--out", "new")),
    Reader("second sorts", "pairs.csv", "csv", ("analyse", "good.csv", "-k", "2", "--retest", "pairs.csv", "--no-retention", "--out", "new")),
    Reader("people", "people.csv", "csv", ("invite", "leadership", "--participants", "people.csv", "--out", "links.csv")),
    Reader("XML of another program", "xml/config.xml", "xml", ("study", "import", "xml", "--out", "new")),
    Reader("texts in XML", "xml/language.xml", "xml", ("study", "import", "xml", "--out", "new")),
)

BYTES: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "NUL": lambda: b"a = 1\n\0\n" * 50,
    "no text": lambda: bytes(range(256)) * 40,
    "half a sign": lambda: b'title = "\xc3"\n',
    "surrogates": lambda: b'"\xed\xa0\x80",1\n',
    "one long line": lambda: b"a" * (3 << 20),
    "many lines": lambda: b"a\n" * 1_000_000,
    "blanks": lambda: b" " * (3 << 20),
    "line ends": lambda: b"\r\n" * 1_000_000,
    "commas": lambda: b"," * (2 << 20),
    "an open quote": lambda: b'statement,"p1\n' + b"a\n" * 3 * N,
    "quotes": lambda: b'"' * (1 << 20),
    "digits": lambda: b"9" * 5_000,
}
"""What hurts in every language."""

OF_LANGUAGE: dict[str, dict[str, Callable[[], str]]] = {
    "toml": {
        "deep": lambda: "x = " + "[" * N,
        "deep tables": lambda: "x = " + "{a=" * N,
        "a key of many parts": lambda: ".".join("a" * N) + " = 1",
        "a head of many parts": lambda: "[" + ".".join("a" * N) + "]",
        "a number of many digits": lambda: "x = " + "9" * 5_000,
        "many keys": lambda: "\n".join(f"k{i} = 1" for i in range(20_000)),
        "many tables": lambda: "[[flags]]\na = 1\n" * 20_000,
        "long words": lambda: f'"{"k" * 900_000}" = 1',
        "far number": lambda: "n_factors = 1e400\n[bootstrap]\nreplicates = 99999999999",
        "an open text": lambda: 'x = """' + '\\"""' * N,
    },
    "json": {
        "deep": lambda: "[" * N,
        "deep objects": lambda: '{"a":' * N,
        "a number of many digits": lambda: '{"n_factors": ' + "9" * 5_000 + "}",
        "many keys": lambda: "{" + ",".join(f'"k{i}": 1' for i in range(N)) + "}",
        "surrogates in it": lambda: '{"data": "\\ud800"}',
        "no number": lambda: '{"data": NaN, "sorts": Infinity, "study": 1e999}',
        "a list": lambda: "[]",
        "nothing": lambda: "null",
        "a text": lambda: '"data"',
        "a key twice": lambda: '{"data": 1, "data": 2}',
        "other shapes": lambda: '{"data": {"sorts": [[1], [1, 2]]}, "command": [], "solution": {}, "study": [], "responses": 5}',
    },
    "yaml": {
        "deep": lambda: "[" * N,
        "deep maps": lambda: "{a: " * N,
        "tags": lambda: "!" * 900_000,
        "many tags": lambda: "- !a x\n" * N,
        "directives": lambda: "%a b\n" * N,
        "anchors": lambda: "a: &a [x]\n" + "b: [" + "*a, " * N + "]",
        "laughs": lambda: "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12)),
        "many keys": lambda: "\n".join(f"k{i}: 1" for i in range(60_000)),
        "a number of many digits": lambda: "version: " + "9" * 5_000,
        "itself": lambda: "a: &a [*a]\n",
        "a tag of code": lambda: "a: !!python/object/apply:os.system ['true']\n",
        "octal": lambda: "authors: [0o" + "7" * 6_000 + "]",
        "a time": lambda: "a: 99999999-99-99\n",
    },
    "csv": {
        "many columns": lambda: "statement," + ",".join(f"p{i}" for i in range(500_000)) + "\ns1" + ",1" * 500_000,
        "many open quotes": lambda: ('a,"' + "x" * 200 + "\n") * 9_999,
        "far numbers": lambda: "statement,a,b\ns1,1e400,1\ns2," + "9" * 5_000 + ",1\ns3,0,1",
        "long names": lambda: "statement," + "a" * 500_000 + ",b\ns1,1,2\ns2,2,1",
    },
    "xml": {
        "deep": lambda: "<a>" * N,
        "entities": lambda: '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>',
        "no encoding": lambda: '<?xml.?><?xml version="1.0" encoding="UTF-0"?><config/>',
        "tags in a text": lambda: f"<config><item id='studyTitle'>{'&lt;a' * N}{'&gt;' * 90_000}</item></config>",
        "comments in a text": lambda: f"<config><item id='studyTitle'>{'&lt;!--' * N}</item></config>",
        "attributes in a text": lambda: f"<config><item id='studyTitle'>{'&lt;a a=' * N}</item></config>",
        "braces in a text": lambda: f"<config><item id='studyTitle'>{'{{{' * N}</item></config>",
        "names of signs": lambda: f"<config><item id='studyTitle'>{'&nbsp;&lt;&gt;' * 9_000}</item></config>",
        "attributes": lambda: "<config " + " ".join(f"a{i}='1'" for i in range(50_000)) + "/>",
    },
    "lines": {
        "a name elsewhere": lambda: "# The files\n" + "0" * 64 + "  ../../etc/passwd\n",
        "many names": lambda: "".join(f"{i:064x}  a{i}\n" for i in range(20_000)),
    },
}


def _zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name.replace("__", "."), content)
    return out.getvalue()


PACKED: dict[str, dict[str, Callable[[], bytes]]] = {
    "gz": {
        "a bomb of one line": lambda: gzip.compress(b"a" * (400 << 20), 1),
        "a bomb of rows": lambda: gzip.compress(b"participant,s1,s2,s3\n" + b"a,1,0,-1\n" * (30 << 20), 1),
        "an open quote": lambda: gzip.compress(b'participant,"s1\n' + b"a\n" * 3 * N),
        "cut": lambda: gzip.compress(b"participant,s1,s2\n" + os.urandom(20_000))[:-900],
        "twice": lambda: gzip.compress(gzip.compress(b"participant,s1,s2\na,1,0\n")),
    },
    "zip": {
        "a bomb": lambda: _zipped(sorts__txt=b"1," * (100 << 20)),
        "cut": lambda: _zipped(sorts__txt=b"ann,1,0")[:-20],
        "deep names": lambda: _zipped(**{"a/" * 20_000 + "sorts__txt": b"ann,1,0"}),
    },
}


def kinds(language: str) -> dict[str, Callable[[], bytes]]:
    """Every content for one language, by what hurts in it."""
    own: dict[str, Callable[[], bytes]] = {
        name: (lambda make=make: make().encode("utf-8", "surrogatepass")) for name, make in OF_LANGUAGE.get(language, {}).items()
    }
    return {**BYTES, **own, **PACKED.get(language, {})}


def spoil(reader: Reader, content: bytes) -> None:
    """Put a content in the place of a file, and where it would else not be looked at, into the listing."""
    import hashlib

    file = Path(reader.file)
    content = reader.before.encode() + content
    was = file.read_bytes() if file.exists() else b""
    _instead(file, content)
    if reader.fits:
        listing = file.parent / "analysis-files.txt"
        old, new = (hashlib.sha256(each).hexdigest() for each in (was, content))
        _instead(listing, listing.read_bytes().replace(old.encode(), new.encode()))


def _instead(file: Path, content: bytes) -> None:
    """A new file, for the one of now is a second name of the template's."""
    file.unlink(missing_ok=True)
    file.write_bytes(content)


def read(reader: Reader, name: str, template: Path, place: Path) -> list[object]:
    """One content read by one reader in a process of its own; without a name the file as it should be."""
    content = kinds(reader.language)[name]() if name else None
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(template, place, copy_function=os.link)  # the program changes no file in place, as the test sees to
    out = place.with_suffix(".out")
    child = os.fork()
    if child == 0:
        with open("/proc/self/clear_refs", "w") as clear:
            clear.write("5")  # the most memory is counted from here
        os.chdir(place)
        if content is not None:
            spoil(reader, content)
        del content
        number = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(number, 1)
        os.dup2(number, 2)
        base, began = peak(), time.process_time()
        code = 70
        try:
            from qmethod_analysis.commands.cli import main

            main(list(reader.words), prog_name="qmethod")
            code = 0
        except SystemExit as error:
            code = int(error.code or 0)
        except BaseException:
            import traceback

            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(2, f"\nCOST {time.process_time() - began} {peak() - base}".encode())
        os._exit(code)
    _, status = os.waitpid(child, 0)
    said = out.read_text(errors="replace")
    cost = re.search(r"\nCOST (\S+) (\S+)\n?\Z", said)
    seconds, megabytes = (float(cost[1]), float(cost[2])) if cost else (-1.0, -1.0)
    return [reader.name, name, os.waitstatus_to_exitcode(status), seconds, megabytes, said[: cost.start() if cost else None][-30_000:]]


def peak() -> float:
    """The most memory that this process has had, in megabytes."""
    with open("/proc/self/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1]) / 1024  # type: ignore[index]


def main(template: str, place: str, *only: str) -> None:
    """Read everything once as it is, so that all is imported; then each hostile content."""
    import qmethod_analysis.commands.cli as cli

    warm = Path(place).with_name("warm")
    shutil.copytree(template, warm)
    os.chdir(warm)
    for reader in READERS:
        shutil.rmtree("new", ignore_errors=True)
        with contextlib.suppress(SystemExit):
            cli.main(list(reader.words), prog_name="qmethod")
    os.chdir("/")
    for reader in READERS:
        if only and reader.name not in only:
            continue
        for name in ("", *kinds(reader.language)):
            found = read(reader, name, Path(template), Path(place))
            for _ in range(2):  # a machine that is slow by chance is not slow three times
                if 0 <= (seconds := found[3]) <= SOON:  # type: ignore[operator]
                    break
                again = read(reader, name, Path(template), Path(place))
                found = again if again[3] < seconds else found  # type: ignore[operator]
            sys.__stdout__.write("CASE " + json.dumps(found) + "\n")
            sys.__stdout__.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
