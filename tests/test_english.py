"""Habits of English that a pattern can find; the rest needs a reader."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.fast

ALLOWED = re.compile(
    r"\bthere (?:is|are|was) no\b|\b(?:is|are|was) no (?:longer|more|such)\b", re.IGNORECASE
)
HABITS = {
    "write 'is not a valid X'": r"\b(?:is|are|was) no [A-Za-z]+",
    "write 'depends on'": r"\bhangs? on\b",
    "write 'can be deleted'": (
        r"\b(?:could|would|can|lets? them) go\b(?! through| on| into| over| to| wrong| back)"
    ),
    "write 'most expensive'": r"\bdearest\b",
    "write 'again'": r"\banew\b",
    "write 'because there is no'": r"\bfor want of\b",
    "write 'has a tag'": r"\bwears?\b",
    "write 'certificate' or 'check'": r"\bvouch",
    "write 'per'": (
        r"\b(?:USD|EUR|dollars?|GB|GiB|images?|rows?|requests?|lines?|folders?|files?|bytes?) "
        r"an? (?:day|month|year|page|row|image|request|account|group|hour|minute|tag)\b"
    ),
    "write '44%'": r"\d %(?!\w)",
    "begin with Return, Check, Read, Write": r'"""(?:Tell|Say|Give|Take|Make|Lay|Bring)\b',
}
SUFFIXES = (".py", ".md", ".ipynb", ".html", ".toml")
FOLDERS = ("imagedf", "notebooks")
PAGES = [
    *sorted(
        path
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.*")
        if path.suffix in SUFFIXES
    ),
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
]


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines of a page; of a notebook, those of its sources."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells)
    yield from enumerate(text.splitlines(), 1)


def habits_of(line: str) -> list[str]:
    """Return the habits that a line has, each with what to write instead."""
    plain = ALLOWED.sub("", line)
    return [advice for advice, habit in HABITS.items() if re.search(habit, plain)]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_has_none_of_the_habits(path: Path) -> None:
    found = [f"{n}: {line.strip()} ({habits_of(line)})" for n, line in lines_of(path)]
    assert [line for line in found if not line.endswith("([])")] == []


@pytest.mark.parametrize(
    "line",
    [
        "this is no Parquet file",
        "it hangs on the plan",
        "what could go",
        "the dearest image",
        "fetched anew",
        "0.06 USD a month",
        "one row an image and 3 images a request",
        "44 % of it",
        '"""Tell whether it is."""',
    ],
)
def test_the_patterns_find_the_habits(line: str) -> None:
    assert habits_of(line)


@pytest.mark.parametrize(
    "line", ["There is no token", "it is no longer there", "are no more", "once a day", "44% of it"]
)
def test_the_patterns_leave_plain_english_alone(line: str) -> None:
    assert habits_of(line) == []
