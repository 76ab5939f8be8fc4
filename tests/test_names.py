"""The public names: one list, the same for people, editors and type checkers."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import imagedf
from tests.conftest import ROOT

pytestmark = pytest.mark.fast

PACKAGE = ROOT / "imagedf"
STUB = ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8"))
PACKAGES = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))


def stub_imports() -> dict[str, str]:
    """Return the module of each name in the stub."""
    return {
        alias.name: f"imagedf.{node.module}" if node.module else "imagedf"
        for node in STUB.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_the_stub_names_what_is_there() -> None:
    assert sorted(stub_imports()) == sorted(imagedf.__all__)
    for name, home in stub_imports().items():
        assert getattr(importlib.import_module(home), name) is getattr(imagedf, name)


def test_the_stub_lists_the_same_names_as_its_imports() -> None:
    (listed,) = (
        ast.literal_eval(node.value)
        for node in STUB.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    assert sorted(listed) == sorted(stub_imports())


def test_completion_shows_the_public_names_before_and_after_use() -> None:
    script = (
        "import imagedf; before = dir(imagedf); "
        "imagedf.by_type(imagedf.read_images('data/documented_page.json')); "
        "imagedf.plot_sizes; imagedf.write_report; import imagedf.cli; "
        "assert before == dir(imagedf) == sorted(imagedf.__all__), dir(imagedf)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)


def test_the_schema_offers_its_own_names_only() -> None:
    shown = dir(importlib.import_module("imagedf.schema"))
    assert {"IMAGE", "STAR", "cost_column"} <= set(shown)
    assert not {"pa", "re", "Iterable", "NamedTuple", "annotations"} & set(shown)


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_exposes_only_its_public_names(name: str) -> None:
    package = importlib.import_module(f"imagedf.{name}")
    offered = set(package.__all__)
    assert all(hasattr(package, item) for item in offered)
    shown = {item for item in vars(package) if not item.startswith("_")}
    modules = {item for item in shown if isinstance(getattr(package, item), ModuleType)}
    assert shown - modules <= offered
    assert modules <= {"lazy_loader"}
    private = [path.stem for path in (PACKAGE / name).glob("*.py")]
    assert all(module.startswith("_") for module in private)


def test_a_misspelt_name_gets_the_nearest_one() -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(imagedf, "by_distro")  # noqa: B009 # a type checker knows that it is missing
    assert "by_distribution" in str(caught.value)


def test_a_type_checker_refuses_a_misspelt_name(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed (dependency group lint)")
    script = tmp_path / "misspelt.py"
    script.write_text("import imagedf\n\nimagedf.fetch_images\nimagedf.nonsense\n")
    # The stub has all names; reading what it imports, pandas too, would take 20 seconds.
    options = ["--strict", "--follow-imports=skip", f"--cache-dir={tmp_path}"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, str(PACKAGE / "__init__.pyi"), str(script)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    errors = [line for line in done.stdout.splitlines() if "error:" in line]
    assert len(errors) == 1
    assert "nonsense" in errors[0]


def returned_types() -> set[str]:
    """Return the classes of imagedf that public functions return."""
    found = set()
    for name in imagedf.__all__:
        function = getattr(imagedf, name)
        if inspect.isfunction(function):
            annotation = str(inspect.signature(function).return_annotation)
            tree = ast.parse(annotation, mode="eval")
            words = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            module = importlib.import_module(function.__module__)
            for word in words:
                value = getattr(module, word, None)
                if inspect.isclass(value) and value.__module__.startswith("imagedf."):
                    found.add(word)
    return found


def test_every_type_that_a_public_function_returns_can_be_imported() -> None:
    assert returned_types() <= set(imagedf.__all__)
