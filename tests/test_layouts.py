"""Internally there is one row per image: collapsed at most once, exploded only where handed out."""

from __future__ import annotations

import inspect
import io
from collections import Counter
from collections.abc import Callable
from cProfile import Profile
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import imagedf
from imagedf.frame import _regions
from imagedf.pages import Spread
from imagedf.sandbox import Sandbox
from tests.conftest import DOCUMENTED_PAGE, sample
from tests.worlds import world

COUNTED: dict[object, str] = {
    # Does the work of collapse_regions, which returns a frame with one row per image as it is.
    _regions._gathered.__code__: "collapsed",
    inspect.unwrap(imagedf.explode_regions).__code__: "exploded",
    inspect.unwrap(Spread.__init__).__code__: "exploded",
}


def conversions(call: Callable[[], Any]) -> Counter[str]:
    """Count how often a call converts between the layouts."""
    profile = Profile(subcalls=False, builtins=False)
    profile.runcall(call)
    found = Counter[str]()
    for entry in profile.getstats():
        if entry.code in COUNTED:
            found[COUNTED[entry.code]] += entry.callcount
    return found


CALLS: dict[str, Callable[[pd.DataFrame, Path], Any]] = {
    "summarize": lambda frame, _: imagedf.summarize(frame, ["type", "month"]),
    "by_distribution": lambda frame, _: imagedf.by_distribution(frame),
    "by_region": lambda frame, _: imagedf.by_region(frame),
    "by_tag": lambda frame, _: imagedf.by_tag(frame),
    "by_age": lambda frame, _: imagedf.by_age(frame),
    "totals": lambda frame, _: imagedf.totals(frame),
    "total_size": lambda frame, _: imagedf.total_size(frame),
    "own_images": lambda frame, _: imagedf.own_images(frame),
    "certificate": lambda frame, _: imagedf.certificate(frame),
    "estimate_cost": lambda frame, _: imagedf.estimate_cost(frame),
    "cost_summary": lambda frame, _: imagedf.cost_summary(imagedf.estimate_cost(frame)),
    "find_savings": lambda frame, _: imagedf.find_savings(frame),
    "to_parquet": lambda frame, folder: imagedf.to_parquet(frame, folder / "images.parquet"),
    "to_csv": lambda frame, folder: imagedf.to_csv(frame, folder / "images.csv"),
    "to_excel": lambda frame, folder: imagedf.to_excel(frame, folder / "images.xlsx"),
    "record": lambda frame, folder: imagedf.record(frame, folder, on="2026-11-01"),
    "export_star": imagedf.export_star,
    "render_report": lambda frame, _: imagedf.render_report(frame),
    "plot_regions": lambda frame, _: imagedf.plot_regions(frame),
    "plot_ages": lambda frame, _: imagedf.plot_ages(frame),
    "plot_cost": lambda frame, _: imagedf.plot_cost(frame),
}
OF_ACCOUNTS: dict[str, Callable[[imagedf.Account, Path], Any]] = {
    "link_images": lambda account, _: imagedf.link_images(account),
    "account_bill": lambda account, _: imagedf.account_bill(account),
    "find_savings": lambda account, _: imagedf.find_savings(account),
    "record": lambda account, folder: imagedf.record(account, folder, on="2026-11-01"),
    "export_star": imagedf.export_star,
    "render_report": lambda account, _: imagedf.render_report(account),
}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return imagedf.read_images(DOCUMENTED_PAGE)


@pytest.fixture(scope="module")
def account() -> imagedf.Account:
    with Sandbox({"prod": world()}) as sandbox:
        return imagedf.fetch_account(sandbox.token, base_url=sandbox.url)


@pytest.mark.parametrize(("collapsed", "name"), sample(product([0, 1], CALLS), 2))
def test_a_frame_is_collapsed_at_most_once_and_never_exploded(
    collapsed: int, name: str, frame: pd.DataFrame, tmp_path: Path
) -> None:
    images = frame if collapsed else imagedf.collapse_regions(frame)
    found = conversions(lambda: CALLS[name](images, tmp_path))
    assert found["collapsed"] <= collapsed
    assert found["exploded"] == 0


@pytest.mark.parametrize("name", OF_ACCOUNTS)
def test_the_images_of_an_account_are_collapsed_once(
    name: str, account: imagedf.Account, tmp_path: Path
) -> None:
    assert conversions(lambda: OF_ACCOUNTS[name](account, tmp_path)) == {"collapsed": 1}


def test_each_side_of_a_comparison_is_collapsed_once(frame: pd.DataFrame) -> None:
    for compare in (imagedf.diff_images, imagedf.diff_totals):
        assert conversions(partial(compare, frame, frame)) == {"collapsed": 2}


def test_a_history_has_one_row_per_image(frame: pd.DataFrame, tmp_path: Path) -> None:
    imagedf.record(frame, tmp_path / "history", on="2026-11-01")
    calls: list[Callable[[], Any]] = [
        lambda: imagedf.read_history(tmp_path / "history"),
        lambda: imagedf.growth(tmp_path / "history"),
        lambda: imagedf.export_star(tmp_path / "history", tmp_path / "star"),
    ]
    assert [conversions(call) for call in calls] == [Counter()] * 3


def test_frames_are_exploded_where_they_are_handed_out(frame: pd.DataFrame) -> None:
    page = DOCUMENTED_PAGE.read_bytes()
    images = imagedf.collapse_regions(frame)
    assert conversions(lambda: imagedf.read_images(io.BytesIO(page))) == {"exploded": 1}
    assert conversions(imagedf.example) == {"exploded": 1}
    assert conversions(lambda: imagedf.explode_regions(images)) == {"exploded": 1}
    assert conversions(lambda: imagedf.collapse_regions(frame)) == {"collapsed": 1}
