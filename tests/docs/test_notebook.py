"""The page "In a notebook" runs from top to bottom, and no cell floods the screen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebook.ipynb"
LONGEST = 800


def committed() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from nbclient import NotebookClient

    made = committed()
    folder = tmp_path_factory.mktemp("notebook")
    # The kernel is a process of its own: nothing of the user's Jupyter may change what it does.
    kept = {name: os.environ.get(name) for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR")}
    os.environ |= {name: str(folder / name) for name in kept}
    try:
        NotebookClient(made, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    finally:
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    return made


def outputs(notebook: Any) -> list[tuple[str, Any]]:
    return [(cell.source, output) for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def test_it_is_committed_without_outputs():
    notebook = committed()
    assert outputs(notebook) == []
    assert {cell.execution_count for cell in notebook.cells if cell.cell_type == "code"} == {None}


def test_every_cell_runs_and_says_something_short(executed: Any):
    said = outputs(executed)
    assert {source for source, _ in said} == {cell.source for cell in executed.cells if cell.cell_type == "code"}
    for source, output in said:
        text = output.text if output.output_type == "stream" else output.data["text/plain"]
        assert output.output_type in ("stream", "execute_result"), source
        assert output.get("name", "stdout") == "stdout", (source, text)
        assert 0 < len(text) <= LONGEST, (source, text)


def test_results_show_pages_and_pictures(executed: Any):
    kinds = [set(output.data) for _, output in outputs(executed) if output.output_type == "execute_result"]
    assert sum("image/svg+xml" in kind for kind in kinds) >= 3
    pages = [output.data["text/html"] for _, output in outputs(executed) if "text/html" in output.get("data", {})]
    assert sum("qmethod-shown" in page for page in pages) >= 3
    assert not any("<script" in page for page in pages if "qmethod-shown" in page)
