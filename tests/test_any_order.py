"""A listing split anywhere, received in any order with any temporary faults, is complete."""

from __future__ import annotations

import json
import threading
import warnings
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import imagedf
from imagedf.errors import ImagedfError, PageError
from imagedf.sandbox import Answer, Request, Sandbox, status
from tests import fuzz_pages, strategies
from tests.columns import EXPLODED
from tests.conftest import DOCUMENTED_PAGE, examples
from tests.faults.elsewhere import proves
from tests.hostile import LISTING, TOKEN, fetch

PASSING = ("drop", "cut", "empty gzip", "429", "500", "502", "503", "504", "520", "527")
MOVING = ("more", "fewer", "empty", "shortened")


@dataclass
class Weather:
    """The faults and delays of the first responses for each page."""

    passing: dict[int, list[str]]
    moving: dict[int, str]
    delays: list[float]

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._passing = defaultdict(list, {page: list(some) for page, some in self.passing.items()})
        self._moving = dict(self.moving)

    def __call__(self, request: Request, answer: Answer) -> Answer:
        with self._lock:
            passing = self._passing[request.page]
            kind = passing.pop() if passing else self._moving.pop(request.page, "")
        delay = self.delays[request.number % len(self.delays)]
        return replace(_spoiled(kind, request, answer), delay=delay)


def _spoiled(kind: str, request: Request, answer: Answer) -> Answer:
    if kind.isdigit():
        return status(int(kind))(request, answer)
    if kind in MOVING:
        return answer.with_json(lambda page: _move(kind, page))
    spoilt: dict[str, dict[str, Any]] = {
        "drop": {"drop": True},
        "cut": {"cut": 25},
        "empty gzip": {"headers": {**answer.headers, "content-encoding": "gzip"}},
    }
    return replace(answer, **spoilt.get(kind, {}))


def _move(kind: str, page: dict[str, Any]) -> None:
    if kind == "empty":
        page["images"] = []
    elif kind == "shortened":
        page["images"] = page["images"][:1]
    else:
        page["meta"]["total"] = max(0, page["meta"]["total"] + (1 if kind == "more" else -1))


weathers = st.builds(
    Weather,
    passing=st.dictionaries(
        st.integers(1, 6), st.lists(st.sampled_from(PASSING), min_size=1, max_size=2), max_size=4
    ),
    moving=st.dictionaries(st.integers(1, 6), st.sampled_from(MOVING), max_size=2),
    delays=st.lists(st.sampled_from([0.0, 0.0, 0.001, 0.004]), min_size=1, max_size=5),
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox({"default": []}, limit=10**6) as running:
        running.tokens = {"default": TOKEN}
        yield running


@proves("the exact frame", "any pages, any order, any mix of passing faults")
@examples(80)
@given(listing=strategies.listings, per_page=st.integers(1, 5), weather=weathers)
@example(listing=LISTING, per_page=1, weather=Weather({1: ["drop", "503"]}, {2: "empty"}, [0.0]))
def test_the_frame_equals_that_of_the_complete_listing(
    sandbox: Sandbox, listing: list[dict[str, Any]], per_page: int, weather: Weather
) -> None:
    sandbox.accounts["default"] = listing
    sandbox.faults = [weather]
    frame = fetch(sandbox.url, per_page=per_page, max_retries=3)
    expected = imagedf.read_images(json.dumps({"images": listing}).encode())
    pd.testing.assert_frame_equal(frame, expected)
    (certificate,) = imagedf.certificate(frame).accounts
    assert (certificate.complete, certificate.images) == (True, len(listing))


@proves("a frame or one error", "any bytes")
@examples(300)
@given(body=st.binary(max_size=200))
def test_any_bytes_are_a_page_or_one_clear_error(body: bytes) -> None:
    _frame_or_error(body)


@examples(150)
@given(start=st.integers(0, 2000), length=st.integers(0, 30), inserted=st.binary(max_size=12))
def test_any_damage_to_the_documented_page_gives_a_frame_or_an_error(
    start: int, length: int, inserted: bytes
) -> None:
    page = DOCUMENTED_PAGE.read_bytes()
    _frame_or_error(page[:start] + inserted + page[start + length :])


@proves("`PageError`", "nesting of any depth")
def test_nesting_of_any_depth_is_a_page_error() -> None:
    for depth in range(100, 1100, 5):
        nested = b'{"images":[],"meta":' + b"[" * depth + b"]" * depth + b"}"
        with pytest.raises(PageError, match=r"must be one object|too deeply"):
            imagedf.read_images(nested)


SAVED = {
    "a saved list of pages with a field twice": (b'[{"images":[{"id":1,"id":2}]}]', "given twice"),
    "a saved list with something after it": (b'[{"id":1}],"meta":{"total":1}', "not JSON"),
    "a saved list that is cut": (b'[{"id":1},{"id":', "not JSON"),
    "a saved list with NaN": (b'[{"images":[]},{"images":[{"size_gigabytes":NaN}]}]', "NaN"),
    "a saved list in Latin-1": ('[{"name":"größe"}]'.encode("latin-1"), "not UTF-8"),
    "saved lines, one of which is not a page": (b'{"images":[]}\n{"images":7}\n', "page 2"),
}


@proves("`PageError`", *SAVED)
@pytest.mark.parametrize(("body", "match"), SAVED.values(), ids=SAVED.keys())
def test_saved_bytes_are_read_as_strictly(body: bytes, match: str) -> None:
    with pytest.raises(PageError, match=match):
        imagedf.read_images(body)


@proves("`PageError`", "an open text file with the wrong encoding")
def test_a_text_file_that_cannot_be_decoded_is_a_page_error(tmp_path: Path) -> None:
    path = tmp_path / "saved.json"
    path.write_bytes(b'{"images":[{"name":"\xff"}]}')
    with path.open(encoding="utf-8") as file, pytest.raises(PageError, match="not utf-8"):
        imagedf.read_images(file)


def _frame_or_error(body: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", imagedf.IncompleteListingWarning)
        try:
            frame = imagedf.read_images(body)
        except ImagedfError:
            return
    assert list(frame.columns) == list(EXPLODED)


def test_the_quick_reading_and_the_exact_one_agree(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz_pages.main(["--seconds", "2", "--seed", "7"]) == 0
    assert "no finding" in capsys.readouterr().out
