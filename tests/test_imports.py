"""The direction of imports, the one package that may import each library, and startup imports."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import imagedf
from imagedf.sandbox import Sandbox
from tests.conftest import ROOT

pytestmark = pytest.mark.fast

PACKAGE = ROOT / "imagedf"

# The units from the bottom up; a unit imports only from the layers below its own.
LAYERS: tuple[set[str], ...] = (
    {"_text", "_version", "sandbox", "_accessor"},
    {"errors", "schema", "_certificates"},
    {"_tomlfile", "pages"},
    {"frame"},
    {"files"},
    {"client", "summary"},
    {"account"},
    {"cost"},
    {"savings", "history"},
    {"diff", "charts"},
    {"report"},
    {"cli"},
    {"__main__"},
)
LAYER_OF = {unit: number for number, units in enumerate(LAYERS) for unit in units}
ARROW = {"schema", "pages", "frame", "files", "account", "history"}
DOORS = {
    "requests": {"client"},
    "urllib3": {"client"},
    "tqdm": {"client"},
    "pyarrow": ARROW,
    "xlsxwriter": {"files"},
    "matplotlib": {"charts"},
    "jinja2": {"report"},
    "markupsafe": {"report"},
    "click": {"cli"},
    "rich": {"cli"},
    "yaml": {"cli"},
}
ROOT_IS_OPEN_TO = {"_accessor", "cli"}


class Import(NamedTuple):
    unit: str
    place: str
    name: str


def unit_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def python_files() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def run_time_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk the nodes of a module, except those under ``if TYPE_CHECKING``."""
    left = [tree]
    while left:
        for node in ast.iter_child_nodes(left.pop()):
            if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
                yield node
                left.append(node)


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    """Return the nodes of a file that exist at run time."""
    return list(run_time_nodes(ast.parse(path.read_text(encoding="utf-8"))))


def imports_of(path: Path) -> Iterator[Import]:
    for node in nodes_of(path):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        place = f"{path.relative_to(ROOT)}:{node.lineno}"
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(unit_of(path), place, alias.name)
        else:
            assert node.level == 0, f"{place}: a relative import"
            if node.module == "imagedf":
                for alias in node.names:
                    yield Import(unit_of(path), place, f"imagedf.{alias.name}")
            else:
                yield Import(unit_of(path), place, str(node.module))


@cache
def imports() -> list[Import]:
    return [one for path in python_files() for one in imports_of(path)]


@cache
def graph() -> dict[str, set[str]]:
    """Return the units that each unit imports."""
    units: dict[str, set[str]] = {unit_of(path): set() for path in python_files()}
    for unit, place, name in imports():
        package, _, rest = name.partition(".")
        target = rest.partition(".")[0]
        if package == "imagedf" and target not in (unit, "__version__"):
            assert target in units or unit in ROOT_IS_OPEN_TO, f"{place} imports the root"
            units[unit] |= {target} & set(units)
    return units


def test_every_unit_has_a_layer() -> None:
    assert set(LAYER_OF) == set(graph())


@pytest.mark.parametrize("unit", sorted(LAYER_OF))
def test_a_unit_imports_only_from_the_layers_below(unit: str) -> None:
    upward = {name for name in graph()[unit] if LAYER_OF[name] >= LAYER_OF[unit]}
    assert upward == set()


def test_the_layout_is_as_large_as_the_design_allows() -> None:
    files = [path for path in PACKAGE.iterdir() if path.is_file()]
    packages = [path for path in PACKAGE.iterdir() if (path / "__init__.py").exists()]
    assert len(files) <= 12
    assert len(packages) <= 14
    assert len(LAYERS) <= 13


def test_other_packages_use_what_a_package_offers() -> None:
    """Check that modules that begin with an underscore are private to their package."""
    wrong = [
        f"{place}: {name}"
        for unit, place, name in imports()
        for parts in [name.split(".")]
        if len(parts) > 2 and parts[0] == "imagedf" and parts[2].startswith("_")
        if parts[1] != unit
    ]
    assert wrong == []


def test_the_sandbox_is_independent() -> None:
    for unit, place, name in imports():
        inside = name.startswith("imagedf.sandbox")
        if unit == "sandbox":
            assert inside or not name.startswith("imagedf"), place
            assert name.partition(".")[0] in sys.stdlib_module_names or inside, place
        elif inside:
            assert unit in ("account", "cli"), place


def test_each_foreign_thing_has_one_door() -> None:
    wrong = [
        f"{place}: {unit} imports {name}"
        for unit, place, name in imports()
        if unit not in DOORS.get(name.partition(".")[0], {unit})
    ]
    assert wrong == []


def test_every_foreign_import_is_a_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    declared = {line.partition(">=")[0] for line in [*project["dependencies"], *extras]}
    foreign = {name.partition(".")[0] for _, _, name in imports()} - {"imagedf"}
    foreign = {{"yaml": "pyyaml"}.get(name, name) for name in foreign}
    # pandas itself depends on numpy, and jinja2 on markupsafe.
    assert foreign - set(sys.stdlib_module_names) - {"numpy", "markupsafe"} <= declared


CLOCKS = {
    "datetime.now": {"frame", "cli"},
    "time.time": {"client", "sandbox", "cli"},
    "datetime.utcnow": set(),
    "datetime.today": set(),
    "date.today": set(),
    "pd.Timestamp.now": set(),
    "pd.Timestamp.today": set(),
    "os.environ": {"client", "cli", "files"},
    "os.getenv": {"client", "cli"},
}


def test_clock_and_environment_are_read_at_the_edges_alone() -> None:
    wrong = []
    for path in python_files():
        unit = unit_of(path)
        for node in nodes_of(path):
            if isinstance(node, ast.Attribute):
                name = ast.unparse(node)
                if unit not in CLOCKS.get(name, {unit}):
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}: {name}")
    assert wrong == []


# Raised and caught inside the package: cancellation, and reasons that become our own errors.
INSIDE = {
    "Stopped",
    "BodyError",
    "TooLargeError",
    "AttributeError",
    "OSError",
    "FileNotFoundError",
    "IsADirectoryError",
    "ConnectTimeoutError",
    "NewConnectionError",
}


def raised(path: Path) -> Iterator[tuple[str, str]]:
    """Return line and name of each error that a module raises, or the function that builds it."""
    for node in nodes_of(path):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            name = ast.unparse(node.exc.func).rpartition(".")[2]
            yield f"{path.relative_to(ROOT)}:{node.lineno}", name


def test_only_our_own_errors_are_raised() -> None:
    ours = {name for name in imagedf.__all__ if name.endswith("Error")}
    ours |= {"ValueError", "TypeError"}
    paths = [path for path in python_files() if unit_of(path) not in ("cli", "sandbox")]
    wrong = [
        f"{place}: {name}"
        for path in paths
        for place, name in raised(path)
        if name not in INSIDE and name[0].isupper() and name not in ours
    ]
    assert wrong == []


def test_modules_stay_small() -> None:
    """Check that no module is longer than about 300 lines: it would have a second job."""
    lengths = {path: len(path.read_text().splitlines()) for path in python_files()}
    assert {str(path): count for path, count in lengths.items() if count > 400} == {}


def loaded_after(code: str, *modules: str) -> set[str]:
    """Return the modules that are loaded after some code has run in a new interpreter."""
    script = f"import sys\n{code}\nprint(*(set(sys.modules) & set({modules!r})))"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return set(done.stdout.split())


HEAVY = ("pandas", "numpy", "pyarrow", "matplotlib", "requests", "jinja2", "narwhals", "duckdb")


def test_importing_imagedf_loads_nothing_heavy() -> None:
    assert (
        loaded_after("import imagedf, imagedf.errors, imagedf.sandbox; imagedf.__all__", *HEAVY)
        == set()
    )


def test_a_frame_needs_neither_matplotlib_nor_jinja2_nor_duckdb() -> None:
    code = "import imagedf\nimagedf.by_type(imagedf.read_images('data/documented_page.json'))"
    assert loaded_after(code, *HEAVY) == {"pandas", "numpy", "pyarrow", "narwhals"}


def odd_pages() -> list[dict[str, Any]]:
    """Return a listing whose second page repeats an image of the first, with nulls in it."""
    images: list[dict[str, Any]] = [{"id": number, "name": "a", "new": 1} for number in range(300)]
    return [*images, {"id": 7, "name": "b", "regions": None, "tags": None}]


@pytest.mark.parametrize("images", [[], odd_pages()], ids=["empty", "odd"])
def test_streaming_to_parquet_does_not_need_pandas(
    images: list[dict[str, Any]], tmp_path: Path
) -> None:
    with Sandbox({"default": images}) as sandbox:
        path = tmp_path / "images.parquet"
        code = f"""
from imagedf.client import check_settings, fetch_parquet
names = ("accounts", "type", "private", "tag_name", "limits")
given = dict.fromkeys(names) | {{"token": {sandbox.token!r}, "base_url": {sandbox.url!r}}}
settings = check_settings(**given, per_page=100, max_workers=4, timeout=5, max_retries=0)
assert fetch_parquet(settings, {str(path)!r}).images == {len(images)}
"""
        loaded = loaded_after(code, *HEAVY)
    assert loaded == {"numpy", "pyarrow", "requests"}
    assert len(imagedf.collapse_regions(imagedf.read_parquet(path))) == len(images)
