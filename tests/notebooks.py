"""Execute the notebooks, with every warning an error: ``python -m tests.notebooks [--write]``.

``--write`` saves the new outputs in the notebooks. Without it nothing is written.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
# Warnings of the kernel itself don't count; it issues one when it ends.
_STRICT = """import warnings
warnings.simplefilter("error")
warnings.filterwarnings("ignore", module="ipykernel")
"""
# Text that differs between runs or machines: ports and addresses.
_CHANGING = re.compile(r"(?<=127\.0\.0\.1:)\d+|(?<= at )0x[0-9a-f]+")


def executed(path: Path, folder: str) -> Any:
    """Run a notebook in a folder, and return it with its outputs."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call] # no stubs
    strict = nbformat.v4.new_code_cell(_STRICT)  # type: ignore[no-untyped-call] # no stubs
    notebook.cells.insert(0, strict)
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": folder}})
    client.execute()
    notebook.cells.remove(strict)
    for number, cell in enumerate(
        (cell for cell in notebook.cells if cell.cell_type == "code"), start=1
    ):
        cell.execution_count = number
        cell.metadata = {}
        for output in cell.outputs:
            _tidy(output, number)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


def _tidy(output: Any, number: int) -> None:
    if output.output_type == "stream" and output.name == "stderr":
        raise ValueError(f"a cell wrote to standard error: {output.text!r}")
    if output.output_type == "execute_result":
        output.execution_count = number
    if "text" in output:
        output.text = _CHANGING.sub("…", output.text)


def main() -> int:
    """Execute every notebook."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="save the outputs")
    options = parser.parse_args()
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        with tempfile.TemporaryDirectory() as folder:
            notebook = executed(path, folder)
        if options.write:
            nbformat.write(notebook, path)  # type: ignore[no-untyped-call] # no stubs
        print(f"{path.name}: {len(notebook.cells)} cells")
    return 0


if __name__ == "__main__":
    sys.exit(main())
