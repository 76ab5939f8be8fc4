"""Duplicates are found regardless of how many images came before, and nothing else is one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagedf.pages import Duplicates, parse_pages
from tests.conftest import examples

pytestmark = pytest.mark.fast


def images_kept(listed: list[int], per_page: int, at_once: int) -> tuple[list[int], int]:
    """Process ids page by page, a few pages at once; return the ids kept and the number dropped."""
    seen = Duplicates()
    kept: list[int] = []
    pages = [listed[start : start + per_page] for start in range(0, len(listed), per_page)]
    bodies = [
        json.dumps({"images": [{"id": number, "name": "a"} for number in page]}).encode()
        for page in pages
    ]
    for start in range(0, len(bodies), at_once):
        batch = parse_pages(bodies[start : start + at_once])
        kept += seen.without(batch)["id"].to_pylist()
    return kept, seen.dropped


@examples(50)
@given(
    listed=st.lists(st.integers(0, 60), max_size=120),
    per_page=st.integers(1, 9),
    at_once=st.integers(1, 4),
)
def test_what_came_on_an_earlier_page_is_dropped_and_counted(
    listed: list[int],
    per_page: int,
    at_once: int,
) -> None:
    expected: list[int] = []
    for start in range(0, len(listed), per_page):
        page = listed[start : start + per_page]
        expected += [n for n in dict.fromkeys(page) if n not in listed[:start]]
    assert images_kept(listed, per_page, at_once) == (
        expected,
        len(listed) - len(expected),
    )
