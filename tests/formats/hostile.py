"""Files as they come: broken, mislabelled, cut short. A table that tests of `read` and of the command line share.

Each entry must be refused with a message that names the fault: by `read`, or (``stage="analyse"``) by the analysis of what it reads.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Hostile:
    """One file that must be refused.

    `beside` are further files written to the same folder, by name. `arguments` go to `read`; a grid is given as text.
    """

    name: str
    content: bytes
    message: str
    suffix: str = ".csv"
    stage: str = "read"
    beside: tuple[tuple[str, bytes], ...] = ()
    arguments: tuple[tuple[str, str], ...] = ()
    n_factors: int = 2

    def write(self, folder: Path) -> Path:
        for name, content in self.beside:
            (folder / name).write_bytes(content)
        path = folder / f"hostile{self.suffix}"
        path.write_bytes(self.content)
        return path


def _table(*rows: str, newline: str = "\n") -> bytes:
    return newline.join(rows).encode() + newline.encode()


def _zipped(*members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for member in members:
            archive.writestr(member, "x")
    return out.getvalue()


SMALL = ("statement,p1,p2,p3", "s1,-1,0,1", "s2,0,1,-1", "s3,1,-1,0", "s4,0,0,0")
GOOD = _table(*SMALL)
LIPSET_LINE_1 = "  0  9 33 Lipset Study (PQMETHOD testfile; cf. Brown, 1980, pp. 183ff.)       "
LIPSET_LINE_2 = " -4  4  0  0  2  3  4  5  5  5  4  3  2  0  0  0  0  0  0  0  0  0"
DAT_1, DAT_2 = "  0  3  4 Small", " -1  1  0  0  0  0  0  1  2  1  0  0  0  0  0  0  0  0  0  0  0  0"
DAT = (DAT_1, DAT_2, "p1        -1 0 1 0", "p2         0 1-1 0", "p3         1-1 0 0")
WIDE_400 = "participant," + ",".join(f"x{i}" for i in range(400))

HOSTILE = (
    # nothing, or not a text
    Hostile("empty", b"", "the file is empty"),
    Hostile("blank-lines", b"\n\n  \r\n\t\n", "the file is empty"),
    Hostile("only-bom", b"\xef\xbb\xbf", "the file is empty"),
    Hostile("only-nul", b"\x00" * 64, "the file is empty"),
    Hostile("only-delimiters", b",,,\n,,,\n", "line|empty|column"),
    Hostile("only-header", _table("statement,p1,p2"), "a header and nothing below"),
    Hostile("one-word", b"hello", "only one column"),
    Hostile("binary", bytes(range(1, 256)) * 4, "control characters"),
    Hostile("nul-inside", GOOD.replace(b"s3,1", b"s3,\x001"), "zero bytes.*\n?.*"),
    Hostile("xlsx", _zipped("[Content_Types].xml", "xl/workbook.xml"), "xl/workbook.xml' in the workbook is damaged(.|\n)*CSV", suffix=".xlsx"),
    Hostile("ods", _zipped("mimetype", "content.xml"), "OpenDocument"),
    Hostile("docx", _zipped("word/document.xml"), "Word document"),
    Hostile("zip", _zipped("sorts.csv"), "ZIP archive"),
    Hostile("kade-zip", _zipped("name.txt", "sorts.txt"), "sorts.txt: no placement stands behind the name 'x'", suffix=".zip"),
    Hostile("zip-cut", _zipped("xl/workbook.xml")[:40], "damaged ZIP"),
    Hostile("xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500, "old Excel", suffix=".xls"),
    Hostile("pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "PDF"),
    Hostile("bzip2", bz2.compress(GOOD), r"compressed \(bzip2\) file(.|\n)*bunzip2 -c < FILE"),
    Hostile("xz", lzma.compress(GOOD), r"compressed \(xz\) file(.|\n)*xz -dc < FILE"),
    Hostile("gzip", gzip.compress(GOOD), r"compressed \(gzip\) file(.|\n)*gunzip -c < FILE"),
    Hostile("gzip-cut", gzip.compress(GOOD)[:9], "gzip"),
    Hostile("r-data", b"RDX3\nX\n\x00\x00", "the R data file is damaged or cut short", suffix=".RData"),
    Hostile("rds", gzip.compress(b"X\n\x00\x00\x00\x03"), "the R data file is damaged or cut short", suffix=".rds"),
    Hostile("rda-xz", lzma.compress(b"RDX3\nX\n\x00\x00"), "the R data file is damaged or cut short", suffix=".rda"),
    Hostile("tar-gz", gzip.compress(b"sorts.csv".ljust(257, b"\x00") + b"ustar" + b"\x00" * 250), "TAR archive", suffix=".csv"),
    Hostile("png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "PNG picture(.|\n)*Write the sorts into a table"),
    Hostile("jpeg", b"\xff\xd8\xff\xe0" + b"\x00" * 100, "JPEG picture(.|\n)*Write the sorts into a table"),
    Hostile("tiff", b"II*\x00" + b"\x00" * 100, "TIFF picture"),
    Hostile("spss", b"$FL2@(#) SPSS DATA FILE", "the SPSS data set is damaged or cut short", suffix=".sav"),
    Hostile("zsav", b"$FL3@(#) SPSS DATA FILE", "SPSS"),
    Hostile("por", b"ASCII SPSS PORT FILE".ljust(40) * 5 + b"0" * 256 + b"SPSSPORT", "SPSS portable"),
    Hostile(
        "lis",
        b"PQMethod2.35       Pilot\n\nCorrelation Matrix Between Sorts\n\nSORTS   1   2\n",
        "listing of results(.|\n)*hostile.DAT",
        suffix=".lis",
    ),
    Hostile(
        "lis-of-r", b"Q-method analysis.\n\n\nCorrelation Matrix Between Sorts\n      p1   p2\np1  1.0  0.5\n", "listing of results(.|\n)*the .DAT of"
    ),
    Hostile("numbers", _zipped("Index/Document.iwa"), "Numbers"),
    Hostile("sqlite", b"SQLite format 3\x00" + b"\x00" * 100, "SQLite"),
    Hostile("rtf", b"{\\rtf1\\ansi statement,p1}", "RTF"),
    Hostile("html", b"<!DOCTYPE html>\n<html><body><table><tr><td>1</td></tr></table>", "web page"),
    Hostile("html-no-doctype", b"\n  <html lang='en'><head>", "web page"),
    Hostile("xml", b"<?xml version='1.0'?><sorts/>", "XML"),
    Hostile("json", b'{"settings": {"name": "Pilot"}}', "JSON", suffix=".json"),
    Hostile("json-cut", b'[{"sort": [1, 0,', "JSON"),
    Hostile("utf16-cut", ("\ufeff" + GOOD.decode()).encode("utf-16-le")[:-1], "not utf-16"),
    Hostile("utf16-no-bom-cut", GOOD.decode().encode("utf-16-le")[:-1], "zero bytes"),
    Hostile("wrong-encoding", "statement,p1,p2\nä,1,0\nö,0,1\n".encode("cp1252"), "not utf-8", arguments=(("encoding", "utf-8"),)),
    Hostile("no-such-encoding", GOOD, "no text encoding called 'klingon'", arguments=(("encoding", "klingon"),)),
    # cells that cannot be told apart
    Hostile("blanks-between-and-in", _table("statement p1 p2", "s1 1 0", "s2 of two 0 1"), "only one column(.|\n)*Blanks part them only where"),
    Hostile("blanks-between-no-header", _table("s1 -1 0 1", "s2 0 1 -1", "s3 1 -1 0"), "reads as a sort"),
    Hostile("which-sign", _table("x;y, z", "s1;1,5", "s2;0,5", "s3;2,5"), "not clear which sign parts the cells, ',' or ';'(.|\n)*sep=;"),
    Hostile("colons-between", _table("statement:p1:p2", "s1:1:0", "s2:0:1"), "only one column"),
    Hostile("mixed-delimiters", _table("statement,p1,p2", "s1;1;0", "s2,0,1", "s3,1,-1"), r":2: this row has 1 cell\(s\), the header has 3"),
    Hostile("ragged", _table("statement,p1,p2", "s1,1,0", "s2,0", "s3,1,0,4"), r":3: this row has 2 cell(.|\n)*:4: this row has 4"),
    Hostile("header-too-short", _table("statement,p1", "s1,1,0", "s2,0,1,1"), "this row has"),
    Hostile("quote-open", _table("statement,p1,p2", 's1,"1,0', "s2,0,1", "s3,1,0"), r":2: a quote opened here is never closed"),
    Hostile("quote-text-after", _table("statement,p1,p2", 's1,"1"x,0', "s2,0,1"), ":2: a quoted cell is followed"),
    Hostile("quote-swallows-file", b'statement,p1\ns1,"1\n' + b"s2,0\n" * 50_000, ":2: a cell of more than"),
    Hostile("cut-in-a-row", _table("participant,s1,s2,s3", "a,1,0,-1", "b,0,1,-1")[:-6], ":3: this row has"),
    # names
    Hostile("duplicate-participants", _table("statement,p1,p2,p1", "s1,1,0,1", "s2,0,1,0"), "two participants are called 'p1', here and in column 2"),
    Hostile(
        "duplicate-statements", _table("statement,p1,p2", "s1,1,0", "s1,0,1", "s2,0,0"), ":3:1: two statements are called 's1', here and in line 2"
    ),
    Hostile("duplicate-participant-rows", _table("participant,s1,s2", "a,1,0", "a,0,1"), ":3:1: two participants are called 'a'"),
    Hostile("duplicate-statement-columns", _table("participant,s1,s2,s1", "a,1,0,1", "b,0,1,1"), "two statements are called 's1'"),
    Hostile("nameless-participant", _table("statement,p1,,p3", "s1,1,0,1", "s2,0,1,0"), ":1:3: a participant has no name"),
    Hostile("nameless-statement", _table("statement,p1,p2", "s1,1,0", ",0,1"), ":3:1: a statement has no name"),
    Hostile(
        "no-header",
        _table("-1,0,1", "0,1,-1", "1,-1,0", "0,0,0"),
        r":1:1: line 1 reads as a sort(.|\n)*header=False(.|\n)*put a line above",
    ),
    Hostile("no-header-names", _table("p1,-1,0,1", "p2,0,1,-1", "p3,1,-1,0"), ":1:2: line 1 reads as a sort"),
    Hostile("no-header-wordings", _table("s1,Trees.,2,-1", "s2,Cars.,-1,2", "s3,Rain.,1,1"), ":1:3: line 1 reads as a sort"),
    Hostile("values-as-header", _table("-1,0,0,1", "3,1,2,4", "1,2,4,3", "4,3,1,2"), "line 1 reads as a sort"),
    Hostile(
        "header-one-name-short",
        _table("statement,p1,p2", "s1,1,0,-1", "s2,0,1,1", "s3,-1,-1,0"),
        "has 3 cell(.|\n)*below it has 4",
    ),
    Hostile("title-of-as-many-cells", _table("Pilot,in Leeds,2026", "who,A,B,C", "a,1,0,-1", "b,0,1,-1"), ":1: the header has 3 cell"),
    # cells that hold no placement
    Hostile(
        "text-in-cell",
        GOOD.replace(b"s3,1,-1", b"s3,1,agree"),
        r":4:3: 'agree' is not a placement \(participant p2, statement s3\)(.|\n)*leave the cell empty",
    ),
    Hostile("text-in-cells", GOOD.replace(b"-1", b"minus one"), "(.|\n)*".join([":2:2: 'minus one'", ":3:4: 'minus one'", ":4:3: 'minus one'"])),
    Hostile("infinite", GOOD.replace(b"s2,0", b"s2,inf"), "'inf' is not a placement"),
    Hostile("huge", GOOD.replace(b"s2,0", b"s2,1e300"), "'1e300' is not a placement"),
    Hostile("hexadecimal", GOOD.replace(b"s2,0", b"s2,0x1"), "'0x1' is not a placement"),
    Hostile("formula", GOOD.replace(b"s2,0", b"s2,=A1+1"), "'=A1\\+1' is not a placement"),
    Hostile("excel-dates", GOOD.replace(b"-1", b"01.Jan"), "'01.Jan' is not a placement"),
    Hostile("thousands", GOOD.replace(b"s2,0", b's2,"1,000,0"'), "is not a placement"),
    Hostile("long-cell", GOOD.replace(b"s2,0", b"s2," + b"x" * 5000), r"'x{37}\.\.\.' is not a placement"),
    Hostile("comment-column", _table("statement,p1,p2,remark", "s1,1,0,odd one", "s2,0,1,", "s3,1,1,fine"), "the column 'remark' holds text"),
    Hostile("extra-columns", _table("participant,age,A,B,C", "a,33,1,0,-1", "b,44,0,1,-1"), "the column 'age' does not look like a statement"),
    Hostile(
        "extra-text-column", _table("participant,A,B,C,mood", "a,1,0,-1,glad", "b,0,1,-1,sad"), "the column 'mood' does not look like a statement"
    ),
    Hostile(
        "gap-in-statements", _table("participant,s1,s2,s4,age,mood", "a,1,0,-1,30,x", "b,0,1,-1,40,y"), "the column 'age'(.|\n)*the column 'mood'"
    ),
    Hostile(
        "columns-400",
        _table(WIDE_400, *(f"r{i}," + ",".join(("x" if j % 2 else "1") for j in range(400)) for i in range(30))),
        "the column 'x1' does not look like a statement(.|\n)*and 188 more faults",
    ),
    Hostile(
        "columns-400-cells",
        _table(WIDE_400, *(f"r{i}," + ",".join(("?" if (i + j) % 3 == 0 else "1") for j in range(400)) for i in range(30))),
        r":2:2: '\?' is not a placement \(participant r0, statement x0\)(.|\n)*more faults",
    ),
    # which way it lies
    Hostile("undecided", _table("x,A,B,C", "a,1,2,3", "b,3,1,1", "c,2,2,2"), 'not clear(.|\n)*layout="statements-in-rows"'),
    Hostile("statements-only", _table("id,text", "s1,Rain falls.", "s2,Snow too."), "no column holds placements|holds text"),
    Hostile("one-statement", _table("statement,p1,p2", "s1,1,0"), "at least two statements"),
    Hostile("grid-mismatch", GOOD, "holds 9 statements, the study has 4", arguments=(("grid", "-2:1,-1:2,0:3,1:2,2:1"),)),
    Hostile("layout-wrong", GOOD, "a long table needs the columns participant, statement and value", arguments=(("layout", "long"),)),
    Hostile(
        "layout-unknown",
        GOOD,
        "`layout` must be one of statements-in-rows, (.*); got 'sideways'",
        arguments=(("layout", "sideways"),),
    ),
    # long tables
    Hostile(
        "long-double",
        _table("participant,statement,value", "a,s1,1", "a,s2,0", "b,s1,0", "b,s2,1", "a,s1,0"),
        ":6: this pair has a placement already, in line 2",
    ),
    Hostile(
        "long-text",
        _table("value,participant,statement", "1,a,s1", "no,a,s2", "0,b,s1", "1,b,s2"),
        r":3:1: 'no' is not a placement \(participant a, statement s2\)",
    ),
    Hostile("long-nameless", _table("participant,statement,value", "a,s1,1", ",s2,0", "b,s1,0", "b,s2,1"), ":3:1: a participant has no name"),
    Hostile("long-unnamed", _table("who,what,where", "a,u,1", "a,v,0", "b,u,0", "b,v,1"), "seems to be long"),
    Hostile(
        "long-swapped", _table("participant,statement,value", *(f"a{i},b{i},1" for i in range(200)), "a0,b1,0", "a1,b0,0"), "only 202 placements"
    ),
    Hostile("long-missing-pair", _table("participant,statement,value", "a,s1,1", "a,s2,0", "a,s3,-1", "b,s1,0", "b,s2,1"), "miss", stage="analyse"),
    # PQMethod
    Hostile("dat-header-only", _table(DAT_1), "no sort follows", suffix=".dat"),
    Hostile("dat-no-sorts", _table(DAT_1, DAT_2), "no sort follows", suffix=".dat"),
    Hostile(
        "dat-three-lines",
        _table(LIPSET_LINE_1, LIPSET_LINE_2, "US1       -1 0-2 0-2 1 0-1 0-1 1 1 2 3-1-4-3-3-1-4 3 2 3 1 1 0 4 2 2-3-2-2 4"),
        "declares 9 sorts, 1 follow",
        suffix=".dat",
    ),
    Hostile("dat-too-few", _table(*DAT[:-1]), ":1: line 1 declares 3 sorts, 2 follow", suffix=".dat"),
    Hostile("dat-zero-sorts", _table("  0  0  4 Small", *DAT[1:]), "declares 0 sorts", suffix=".dat"),
    Hostile("dat-one-statement", _table("  0  3  1 Small", *DAT[1:]), "3 sorts of 1 statements", suffix=".dat"),
    Hostile("dat-impossible-counts", _table("  0999999 Small", *DAT[1:]), "declares 999 sorts, 3 follow", suffix=".dat"),
    Hostile("dat-more-values", _table("  0  3  3 Small", *DAT[1:]), "declares 3 statements, the sorts hold 4 values each", suffix=".dat"),
    Hostile("dat-fewer-values", _table("  0  3  5 Small", *DAT[1:]), "declares 5 statements, the sorts hold 4 values each", suffix=".dat"),
    Hostile("dat-one-value-more", _table(*DAT).replace(b" 0 1 0\n", b" 0 1 0 1\n", 1), ":3: the line does not hold a name and 4", suffix=".dat"),
    Hostile(
        "dat-letters",
        _table(*DAT).replace(b" 0 1-1 0", b" 0 x-1 0"),
        r":4:13: ' x' is not a placement \(participant p2, statement s2\)",
        suffix=".dat",
    ),
    Hostile("dat-prose", b"Dear colleague\nplease find the data below\nkind regards\n", "line 1 does not hold the number of sorts", suffix=".dat"),
    Hostile("dat-shifted", _table(*DAT[:2], "p1       -1 1-1 0", *DAT[3:]), ":3:11: '1 '|:3:.*placement", suffix=".dat"),
    Hostile("dat-empty-sort", _table(*DAT[:3], "p2", DAT[4]), ":4: the line holds no values", suffix=".dat"),
    Hostile("dat-duplicates", _table(*DAT).replace(b"p3", b"p1"), ":5:1: two sorts are called 'p1', here and in line 3", suffix=".dat"),
    Hostile("dat-nameless", _table(*DAT).replace(b"p3", b"  "), ":5:1: a sort has no name", suffix=".dat"),
    Hostile("dat-binary", b"\x00\x01\x02" * 50, "zero bytes", suffix=".dat"),
    Hostile("sta-too-short", _table(*DAT), "holds 3 wordings, the sorts have 4", suffix=".dat", beside=(("hostile.sta", b"One\nTwo\nThree\n"),)),
    Hostile("sta-too-long", _table(*DAT), "holds 5 wordings, the sorts have 4", suffix=".DAT", beside=(("hostile.STA", b"1\n2\n3\n4\n5\n"),)),
    Hostile("sta-given", b"One\nTwo\n", "holds the statements, not the sorts(.|\n)*DAT", suffix=".sta"),
    Hostile("dat-value-missing", _table(*DAT[:4], "p3         1-1 0"), "miss", suffix=".dat", stage="analyse"),
    Hostile(
        "qualis-cut",
        b"mystudy   3  4\n      1  1 0-1 0\n      2  0 1-1 0\n".replace(b"      1  ", b"      1 "),
        "declares 3 sorts, 2 follow",
        suffix=".dat",
    ),
    # fine to read, not to analyse
    Hostile("missing-cell", GOOD.replace(b"s3,1,-1", b"s3,1,"), "miss(.|\n)*p2|p2(.|\n)*miss", stage="analyse"),
    Hostile("nan-cell", GOOD.replace(b"s3,1,-1", b"s3,1,NaN"), "miss(.|\n)*p2|p2(.|\n)*miss", stage="analyse"),
    Hostile("constant-sort", GOOD.replace(b"s1,-1,0,1", b"s1,0,0,1").replace(b"s3,1,", b"s3,0,"), "p1", stage="analyse"),
    Hostile("one-sort", _table("statement,p1", "s1,1", "s2,0", "s3,-1", "s4,0"), "sort|factor", stage="analyse"),
    Hostile("k-too-large", GOOD, "factor", stage="analyse", n_factors=50),
)
"""Every file that must be refused, and the words the refusal must contain."""
