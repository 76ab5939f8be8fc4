"""Public docstrings are complete, and every example in them runs."""

from __future__ import annotations

import doctest
import importlib
import inspect
from pathlib import Path

import pytest
from numpydoc.validate import validate

import imagedf
from tests.conftest import ROOT

FUNCTIONS = [name for name in imagedf.__all__ if inspect.isfunction(getattr(imagedf, name))]
CLASSES = [name for name in imagedf.__all__ if inspect.isclass(getattr(imagedf, name))]
DECLINED = {
    "ES01",  # the first sentence is enough; Parameters and Returns have the details
    "PR04",  # "a, b : as for x" covers several parameters; the signature has their types
}
OF_CLASSES = {"PR01", "SA01", "EX01"}  # records and errors document their attributes


@pytest.mark.parametrize("name", [*FUNCTIONS, *CLASSES])
def test_public_docstrings_are_complete(name: str) -> None:
    declined = DECLINED | (OF_CLASSES if name in CLASSES else set())
    errors = [error for error in validate(f"imagedf.{name}")["errors"] if error[0] not in declined]
    assert errors == []


MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "imagedf").rglob("*.py")
    if path.name != "__main__.py"
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_run_and_modules_have_docstrings(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module = importlib.import_module(name)
    assert (module.__doc__ or "").strip()
    monkeypatch.chdir(tmp_path)  # they need nothing but the installed package
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner()
    said: list[str] = []
    for test in finder.find(module):
        runner.run(test, out=said.append)
    assert "".join(said) == ""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_public_function_has_an_example(name: str) -> None:
    assert (
        f"imagedf.{name}(" in str(inspect.getdoc(getattr(imagedf, name))).partition("Examples")[2]
    )
