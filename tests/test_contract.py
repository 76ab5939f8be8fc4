"""What users and other programs rely on: names, signatures, columns and errors."""

from __future__ import annotations

import hashlib
import html
import inspect
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import imagedf
from tests import columns
from tests.conftest import DOCUMENTED_PAGE

pytestmark = pytest.mark.fast

FETCH = (
    "base_url=None, per_page=200, max_workers=16, verify='auto', on_incomplete='raise', "
    "progress=False, timeout=(5, 60), deadline=300.0, max_retries=5, session=None, limits=None"
)
EXACT = {
    "fetch_images": "token=None, *, accounts=None, type=None, private=None, tag_name=None, "
    + FETCH,
    "fetch_account": f"token=None, *, accounts=None, private=True, {FETCH}",
    "read_images": "source, *, account='default'",
    "read_account": "source, *, account='default'",
    "example": "",
    "example_account": "",
    "own_images": "frame",
    "explode_regions": "frame",
    "collapse_regions": "frame",
    "certificate": "frame",
    "link_images": "account",
    "summarize": "frame, by, *, now=None",
    "by_distribution": "frame",
    "by_type": "frame",
    "by_status": "frame",
    "by_region": "frame",
    "by_tag": "frame",
    "total_size": "frame",
    "totals": "frame",
    "estimate_cost": "frame, *, prices=None, on=None",
    "cost_summary": "costs",
    "account_bill": "account, *, prices=None, on=None, invoice=None",
    "read_invoice": "source",
    "Policy": "select=(), keep=()",
    "Select": "older_than=None, larger_than=None, largest=None, name=None, type=None, tag=None, "
    "untagged=False, status_not=None, source=None, account=None",
    "Keep": "last=None, daily=None, weekly=None, monthly=None, yearly=None, per='series', "
    "tag=None, name=None, id=None",
    "load_policy": "path",
    "find_savings": "frame_or_account, policy=None, *, now=None, prices=None",
    "savings_summary": "found",
    "save_plan": "found, path",
    "load_plan": "path",
    "record": "frame_or_account, history, *, on=None, allow_unverified=False",
    "export_star": "frame_or_account_or_history, directory, *, on=None, prices=None",
}
AT_LEAST = {
    "by_age": "frame",
    "check_rates": "account, token=None, *, accounts=None, base_url=None, prices=None",
    "fetch_invoice": "which='preview', token=None, *, base_url=None",
    "reconcile": "costs_or_account, invoice",
    "to_focus": "invoice, account",
    "verify_plan": "plan, account",
    "to_parquet": "frame, path",
    "read_parquet": "path",
    "to_csv": "frame, path",
    "to_excel": "frame, path",
    "read_history": "history",
    "open_history": "history",
    "diff_images": "old, new",
    "growth": "history",
    "plot_sizes": "frame, by, *, ax=None",
    "plot_regions": "frame, *, ax=None",
    "plot_ages": "frame, *, ax=None",
    "plot_cost": "frame, *, ax=None",
    "plot_growth": "frame, *, ax=None",
    "save_charts": "frame, directory, *, format='png'",
    "render_report": "frame",
    "write_report": "frame, path",
}
"""Parameters beyond these follow them and have a default."""
RESULTS = [
    name
    for name in imagedf.__all__
    if inspect.isclass(kind := getattr(imagedf, name)) and not issubclass(kind, BaseException)
]


def parameters_of(text: str) -> list[inspect.Parameter]:
    """Return the names, kinds and defaults of a signature written as text."""
    return list(inspect.signature(eval(f"lambda {text}: 0")).parameters.values())


def given(name: str) -> list[inspect.Parameter]:
    """Return the names, kinds and defaults of a public function."""
    parameters = inspect.signature(getattr(imagedf, name)).parameters.values()
    return [one.replace(annotation=inspect.Parameter.empty) for one in parameters]


@pytest.mark.parametrize("name", EXACT)
def test_the_signatures_are_those_of_the_contract(name: str) -> None:
    assert given(name) == parameters_of(EXACT[name])


@pytest.mark.parametrize("name", AT_LEAST)
def test_further_parameters_have_a_default(name: str) -> None:
    promised = parameters_of(AT_LEAST[name])
    names = {one.name for one in promised}
    assert [one for one in given(name) if one.name in names] == promised
    assert all(one.default is not one.empty for one in given(name) if one.name not in names)


TREE = {
    imagedf.ImagedfError: (Exception,),
    imagedf.RequestError: (imagedf.ImagedfError,),
    imagedf.AuthenticationError: (imagedf.RequestError,),
    imagedf.RateLimitError: (imagedf.RequestError,),
    imagedf.IncompleteListingError: (imagedf.ImagedfError,),
    imagedf.PageError: (imagedf.ImagedfError,),
    imagedf.FrameError: (imagedf.ImagedfError, ValueError),
    imagedf.PolicyError: (imagedf.ImagedfError, ValueError),
    imagedf.HistoryError: (imagedf.ImagedfError,),
}


def test_the_tree_of_errors() -> None:
    assert {error: error.__bases__ for error in TREE} == TREE
    public = {getattr(imagedf, name) for name in imagedf.__all__ if name.endswith("Error")}
    assert public == set(TREE)
    assert issubclass(imagedf.IncompleteListingWarning, UserWarning)


@pytest.mark.parametrize(
    ("error", "attributes"),
    [
        (imagedf.RequestError("m"), {"status", "error_id", "request_id", "attempts"}),
        (imagedf.RateLimitError("m"), {"status", "attempts", "resets_at"}),
        (imagedf.IncompleteListingError("m"), {"frame", "certificate"}),
        (imagedf.PageError("m"), {"page", "image_id", "field"}),
    ],
)
def test_errors_have_the_attributes_of_the_contract(
    error: imagedf.ImagedfError, attributes: set[str]
) -> None:
    assert attributes <= set(vars(error))
    assert str(error) == "m"


@pytest.mark.parametrize("name", RESULTS)
def test_notebooks_show_every_result_as_html(name: str) -> None:
    assert callable(getattr(imagedf, name)._repr_html_)


def test_what_a_notebook_shows_is_escaped() -> None:
    with imagedf.sandbox.Sandbox() as server:
        shown: list[Any] = [
            imagedf.Select(name="<b>"),
            imagedf.Limits(),
            server,
            imagedf.example().imagedf,
        ]
        for result in shown:
            text = re.fullmatch(r"<p>([^<]*)</p>", result._repr_html_())
            assert text is not None
            assert html.unescape(text[1]) == repr(result)


def test_the_columns_are_those_of_the_contract() -> None:
    exploded = {column.name: column.dtype for column in imagedf.schema.EXPLODED}
    image = {column.name: column.dtype for column in imagedf.schema.IMAGE}
    assert list(exploded.items()) == list(columns.EXPLODED.items())
    assert list(image.items()) == list(columns.IMAGE.items())


def test_the_documented_page_is_the_documented_page() -> None:
    digest = hashlib.sha256(DOCUMENTED_PAGE.read_bytes()).hexdigest()
    assert digest == "aefba57468494b191e378e2602e132ea9f50ad7755130c872e7c8e1c28b20759"


TAKE_A_FRAME = (
    ("certificate", ()),
    ("collapse_regions", ()),
    ("explode_regions", ()),
    ("cost_summary", ()),
    ("estimate_cost", ()),
    ("find_savings", ()),
    ("savings_summary", ()),
    ("fit_trend", ()),
    ("plot_cost", ()),
    ("plot_growth", ()),
    ("plot_regions", ()),
    ("reconcile", ("invoice.csv",)),
    ("render_report", ()),
    ("save_charts", ("charts",)),
    ("summarize", ("type",)),
    ("to_csv", ("images.csv",)),
    ("to_excel", ("images.xlsx",)),
    ("to_parquet", ("images.parquet",)),
    ("total_size", ()),
    ("export_star", ("star",)),
    ("record", ("history",)),
)


@pytest.mark.parametrize(("name", "more"), TAKE_A_FRAME)
@pytest.mark.parametrize("thing", [None, [], "images.parquet", pd.Series([1])])
def test_anything_but_a_frame_is_a_type_error_and_nothing_is_written(
    name: str, more: tuple[str, ...], thing: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # A path is a history to export_star, and this one does not exist.
    path_taken = name == "export_star" and isinstance(thing, str)
    error = imagedf.HistoryError if path_taken else TypeError
    with pytest.raises(error, match="images.parquet" if path_taken else r"[Ff]rame"):
        getattr(imagedf, name)(thing, *more)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "more"), TAKE_A_FRAME)
def test_two_columns_of_one_name_are_one_clear_error(
    name: str, more: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    frame = imagedf.read_images(DOCUMENTED_PAGE)
    twice = pd.concat([frame, frame[["name"]]], axis=1)
    with pytest.raises(imagedf.FrameError, match="same name: name"):
        getattr(imagedf, name)(twice, *more)
    assert not list(tmp_path.iterdir())


WRONG_KINDS: tuple[tuple[str, tuple[Any, ...], dict[str, Any], str], ...] = (
    ("find_savings", (), {"now": 5}, "now must be a date"),
    ("estimate_cost", (), {"prices": "prices.toml"}, "prices must be a PriceBook"),
    ("estimate_cost", (), {"on": 20261124}, "on must be a date"),
    ("export_star", ("star",), {"on": 5.0}, "on must be a date"),
    ("plot_sizes", ("type",), {"ax": "left"}, "ax must be matplotlib Axes, not 'left'"),
    ("plot_regions", (), {"ax": [1, 2]}, "ax must be matplotlib Axes"),
    ("summarize", (None,), {}, "by must be a column or a list of columns, not None"),
    ("summarize", ([["type"]],), {}, "by must be a column or a list"),
)


@pytest.mark.parametrize(("name", "more", "options", "says"), WRONG_KINDS)
def test_an_argument_of_the_wrong_kind_is_a_type_error(
    name: str, more: tuple[Any, ...], options: dict[str, Any], says: str
) -> None:
    with pytest.raises(TypeError, match=says):
        getattr(imagedf, name)(imagedf.read_images(DOCUMENTED_PAGE), *more, **options)
