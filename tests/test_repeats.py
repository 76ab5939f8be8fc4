"""Repeats are found however many images came before, and nothing else is taken for one."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from imagedf.pages import _duplicates as repeats
from imagedf.pages import parse_pages


def images_kept(
    listed: list[int], per_page: int, at_once: int, longest: int
) -> tuple[list[int], int]:
    """Send ids through page by page, some pages at once; return what is kept, and the count."""
    seen = repeats.Repeats(longest)
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


@settings(max_examples=50)
@given(
    listed=st.lists(st.integers(0, 60), max_size=120),
    per_page=st.integers(1, 9),
    at_once=st.integers(1, 4),
    longest=st.integers(0, 16),
)
def test_what_came_on_an_earlier_page_is_dropped_and_counted(
    listed: list[int],
    per_page: int,
    at_once: int,
    longest: int,
) -> None:
    expected: list[int] = []
    for start in range(0, len(listed), per_page):
        before = set(listed[:start])
        expected += [n for n in listed[start : start + per_page] if n not in before]
    assert images_kept(listed, per_page, at_once, longest) == (
        expected,
        len(listed) - len(expected),
    )


@settings(max_examples=30)
@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, unique=True), st.data())
def test_packed_numbers_are_those_that_were_packed(numbers: list[int], data: st.DataObject) -> None:
    near = [n ^ (1 << data.draw(st.integers(0, 63))) for n in numbers]
    asked = np.array(sorted({*numbers, *near, 0, 2**64 - 1}), dtype=np.uint64)
    packed = repeats._PackedRun(np.array(sorted(numbers), dtype=np.uint64))
    assert packed.holds(asked).tolist() == [int(n) in set(numbers) for n in asked]
