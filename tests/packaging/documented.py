"""Run what the documentation shows of Python, and say how much there was.

A program, not a module of tests: it runs in an environment that holds the wheel and no tool for tests,
in a folder with files that must not be imported.
"""

from __future__ import annotations

import ast
import doctest
import importlib
import importlib.metadata
import importlib.util
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

PACKAGES = ("qmethod", "qmethod_analysis", "qmethod_studies", "qmethod_webform")
OF_EXTRAS = {"cv2", "dask", "pyarrow", "psycopg", "typst"}  # what only an extra brings; the environment has none
FOR_EXTRAS = {"qmethod_studies.store.impatient"}
DOTTED = re.compile(rf"(?<![\w./-])((?:{'|'.join(PACKAGES)})(?:\.[A-Za-z_]\w*)+)(?![\w/-])")
FENCED = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def modules() -> Iterator[ModuleType]:
    """Every module of the packages but those of an extra; the environments of migrations are run by alembic alone."""
    for package in PACKAGES:
        root = importlib.import_module(package)
        yield root
        for found in pkgutil.walk_packages(root.__path__, f"{package}."):
            if not found.name.endswith("__main__") and ".migrations" not in found.name and found.name not in FOR_EXTRAS:
                yield importlib.import_module(found.name)


def imports(code: str) -> Iterator[str]:
    """The import statements of a piece of code that is shown and not run, without those of extras."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            tops = {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            tops = {str(node.module).partition(".")[0]}
        else:
            continue
        if not tops & OF_EXTRAS:
            yield ast.unparse(node)


def resolves(dotted: str) -> bool:
    """Whether a dotted name leads to something: modules as far as they go, then attributes."""
    parts = dotted.split(".")
    found: object = importlib.import_module(parts[0])
    for i, part in enumerate(parts[1:], 1):
        if not hasattr(found, part):
            try:
                importlib.import_module(".".join(parts[: i + 1]))
            except ModuleNotFoundError:
                return part in getattr(found, "__annotations__", {})  # a field of a dataclass with slots is an attribute too, a plain one is not
        if not hasattr(found, part):
            return False
        found = getattr(found, part)
    return True


def import_faults(where: str, codes: Iterable[str], counts: dict[str, int]) -> Iterator[str]:
    """Imports in code that is shown and not run."""
    for line in (line for code in codes for line in imports(code)):
        counts["imports"] += 1
        try:
            exec(line, {})  # a line of our own documentation
        except (ImportError, SystemExit) as error:
            yield f"{where}: {line}: {error}"


def name_faults(where: str, text: str, counts: dict[str, int]) -> Iterator[str]:
    """Dotted names that lead nowhere; a unit of systemd is none."""
    for dotted in sorted({name for name in DOTTED.findall(text) if not name.endswith(".service")}):
        counts["names"] += 1
        if not resolves(dotted):
            yield f"{where}: there is no {dotted}"


def skipped(examples: Iterable[doctest.Example]) -> Iterator[str]:
    """The code of examples that are not run."""
    return (example.source for example in examples if example.options.get(doctest.SKIP))


def page_faults(page: Path, counts: dict[str, int]) -> Iterator[str]:
    """What a page shows and does not hold."""
    text = page.read_text(encoding="utf-8")
    failed, tried = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    counts["examples"] += tried
    if failed:
        yield f"{page.name}: {failed} of {tried} examples"
    blocks = (block for block in FENCED.findall(text) if ">>> " not in block)
    yield from import_faults(page.name, [*blocks, *skipped(doctest.DocTestParser().get_examples(text))], counts)
    yield from name_faults(page.name, text, counts)


def module_faults(module: ModuleType, counts: dict[str, int]) -> Iterator[str]:
    """What the docstrings of a module show and do not hold."""
    found, runner = doctest.DocTestFinder().find(module), doctest.DocTestRunner()
    for test in found:
        if test.examples:  # each run looks at every file that was shown before
            runner.run(test)
    counts["examples"] += runner.tries
    if runner.failures:
        yield f"{module.__name__}: {runner.failures} of {runner.tries} examples"
    yield from import_faults(module.__name__, skipped(example for test in found for example in test.examples), counts)
    yield from name_faults(module.__name__, "\n".join(test.docstring for test in found), counts)


def main(pages: list[str]) -> None:
    """Run all of it."""
    counts = {"modules": 0, "pages": 0, "examples": 0, "imports": 0, "names": 0}
    faults: list[str] = []
    for module in modules():
        counts["modules"] += 1
        faults += module_faults(module, counts)
    for page in pages:
        counts["pages"] += 1
        faults += page_faults(Path(page), counts)
    here = Path.cwd().resolve()
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name.partition(".")[0] in PACKAGES and file and Path(file).resolve().is_relative_to(here):
            faults.append(f"{name} was imported from {file}")
    sys.stdout.write(f"{counts}\n")
    if faults:
        raise SystemExit("\n".join(faults))


if __name__ == "__main__":
    main(sys.argv[1:])
