"""``df.imagedf`` is the functions, and leaves the frame's own ways alone."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import imagedf
from tests.conftest import DOCUMENTED_PAGE

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def frame() -> pd.DataFrame:
    return imagedf.read_images(DOCUMENTED_PAGE)


@pytest.mark.parametrize("name", ["distribution", "type", "status", "region", "tag"])
def test_by_is_the_function(frame: pd.DataFrame, name: str) -> None:
    method = getattr(frame.imagedf, f"by_{name}")
    assert_frame_equal(method(), getattr(imagedf, f"by_{name}")(frame))


def test_the_other_methods_are_the_functions(frame: pd.DataFrame) -> None:
    sugar = frame.imagedf
    assert_frame_equal(sugar.by_age(now=NOW), imagedf.by_age(frame, now=NOW))
    assert_frame_equal(sugar.summarize("slug"), imagedf.summarize(frame, "slug"))
    assert_frame_equal(sugar.totals(), imagedf.totals(frame))
    assert sugar.total_size() == imagedf.total_size(frame)
    assert_frame_equal(sugar.collapse_regions(), imagedf.collapse_regions(frame))
    assert_frame_equal(sugar.explode_regions(), frame)
    assert_frame_equal(sugar.cost(on=date(2026, 1, 1)), imagedf.estimate_cost(frame, on=NOW))
    assert_frame_equal(sugar.savings(now=NOW), imagedf.find_savings(frame, now=NOW))
    assert sugar.certificate == imagedf.certificate(frame)
    assert sugar.plot().get_title(loc="left") == "Ubuntu holds 50 % of 14.06 GB"


def test_the_frame_shows_itself_as_pandas_does(frame: pd.DataFrame) -> None:
    assert type(frame) is pd.DataFrame
    assert repr(frame) == repr(pd.DataFrame(frame))


def test_it_is_there_whichever_is_imported_first() -> None:
    for script in (
        "import pandas as pd, imagedf; pd.DataFrame().imagedf",
        "import imagedf; imagedf.totals; import pandas as pd; pd.DataFrame().imagedf",
    ):
        subprocess.run([sys.executable, "-W", "error", "-c", script], check=True)
