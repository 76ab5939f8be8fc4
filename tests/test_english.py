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
    r"\bthere (?:is|are|was|were) no\b|\b(?:is|are|was|were) no (?:longer|more|such)\b",
    re.IGNORECASE,
)
UNITS = (
    r"\b(?:USD|EUR|dollars?|GB|GiB|images?|rows?|requests?|lines?|folders?|files?|bytes?|pages?) "
    r"an? (?:day|month|year|hour|minute|second|page|row|line|image|request|account|group|tag|"
    r"region)\b(?! (?:later|earlier|ago|before|after|old))"
)
VERBS = "Tell|Say|Give|Take|Make|Lay|Bring"
HABITS = {
    "write 'is not a valid X'": r"\b(?:is|are|was|were) no [A-Za-z]+",
    "write 'depends on'": r"\bhang(?:s|ing)? on\b",
    "write 'can be deleted'": (
        r"\b(?:could|would|can|lets? them) go\b(?! through| on| into| over| to| wrong| back)"
    ),
    "write 'most expensive'": r"\bdearest\b",
    "write 'again'": r"\banew\b",
    "write 'in the meantime'": r"\bmeanwhile\b",
    "write 'in progress'": r"\bunder way\b",
    "write 'as is'": r"\bas it stands\b",
    "write 'because there is no'": r"\bfor want of\b",
    "write 'has a tag'": r"\bwears?\b",
    "write 'certificate' or 'check'": r"\bvouch",
    "write 'is', 'appears' or 'is listed'": r"\b(?:it|that|which|image|row|day)s? stands?\b",
    "write 'despite that' or 'anyway'": r"\ball the same\b",
    "write 'certainly'": r"\bfor sure\b",
    "write 'unpaired surrogate'": r"\bhalf a character\b",
    "write 'taken from'": r"\btaken of\b",
    "write 'per'": UNITS,
    "write '44%'": r"\d %(?!\w)",
    "begin with Return, Check, Read, Write": rf'r?"""(?:{VERBS})\b',
}
SUFFIXES = (".py", ".pyi", ".md", ".ipynb", ".html", ".toml", ".txt")
FOLDERS = ("imagedf", "notebooks", "tests")
PAGES = [
    *sorted(
        path
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.*")
        if path.suffix in SUFFIXES and path != Path(__file__)
    ),
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "pyproject.toml",
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
        "those were no images",
        "it hangs on the plan",
        "what could go",
        "the dearest image",
        "fetched anew",
        "a row stands for it",
        "the Droplet it was taken of",
        "0.06 USD a month",
        "one row an image and 3 images a request",
        "44 % of it",
        '"""Tell whether it is."""',
        'r"""Give the rows."""',
    ],
)
def test_the_patterns_find_the_habits(line: str) -> None:
    assert habits_of(line)


@pytest.mark.parametrize(
    "line",
    [
        "There is no token",
        "there were no images",
        "it is no longer there",
        "are no more",
        "once a day",
        "44% of it",
        "a standing order",
        "the same page a day later",
    ],
)
def test_the_patterns_leave_plain_english_alone(line: str) -> None:
    assert habits_of(line) == []
