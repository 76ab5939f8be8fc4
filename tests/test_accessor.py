"""``df.imagedf`` has the functions under their own names, and doesn't change the frame."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import imagedf
from tests.conftest import DOCUMENTED_PAGE, sample


@pytest.fixture
def frame() -> pd.DataFrame:
    return imagedf.read_images(DOCUMENTED_PAGE)


def test_a_method_is_the_function_with_the_frame_as_its_first_argument(
    frame: pd.DataFrame,
) -> None:
    assert_frame_equal(frame.imagedf.by_tag(), imagedf.by_tag(frame))
    assert_frame_equal(frame.imagedf.summarize("slug"), imagedf.summarize(frame, "slug"))
    assert frame.imagedf.total_size() == imagedf.total_size(frame)
    assert frame.imagedf.certificate() == imagedf.certificate(frame)
    assert inspect.getdoc(frame.imagedf.totals) == inspect.getdoc(imagedf.totals)
    assert "frame" not in inspect.signature(frame.imagedf.summarize).parameters


def takes_a_frame(name: str) -> bool:
    function = getattr(imagedf, name)
    if not inspect.isfunction(function):
        return False
    first = next(iter(inspect.signature(function).parameters.values()), None)
    frames = {"frame", "frame_or_account", "frame_or_account_or_history", "found", "costs", "old"}
    return first is not None and first.name in frames


def test_every_function_of_a_frame_is_a_method(frame: pd.DataFrame) -> None:
    missing = [name for name in imagedf.__all__ if takes_a_frame(name)]
    assert set(missing) <= set(dir(frame.imagedf))
    for name in dir(frame.imagedf):
        assert getattr(frame.imagedf, name).__func__ is getattr(imagedf, name)


def test_a_misspelt_method_is_an_attribute_error(frame: pd.DataFrame) -> None:
    with pytest.raises(AttributeError) as caught:
        _ = frame.imagedf.by_regoin
    assert caught.value.name == "by_regoin"


def test_the_frame_shows_itself_as_pandas_does(frame: pd.DataFrame) -> None:
    assert type(frame) is pd.DataFrame
    assert repr(frame) == repr(pd.DataFrame(frame))
    assert len(repr(frame.imagedf)) <= 200


@pytest.mark.parametrize(
    "imports",
    sample(
        [
            "import pandas as pd, imagedf",
            "import imagedf, pandas as pd",
            "import imagedf; imagedf.schema; from pandas import DataFrame; import pandas as pd",
            "import imagedf; imagedf.totals; import pandas as pd",
        ],
        2,
    ),
)
def test_it_is_there_whichever_is_imported_first(imports: str) -> None:
    script = f"{imports}; pd.DataFrame({{'a': [1]}}).imagedf; import sys; assert not [f for f in "
    script += "sys.meta_path if type(f).__module__ == 'imagedf._accessor']"
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True)
