"""Derive the series of an image from its name: the name without its serial parts.

Merging two hosts would delete the last image of one of them, while splitting a series only
requires a review. So only parts that are clearly a date, a time, an epoch, a hash, a UUID or a
counter in parentheses are removed; every other number stays in the name.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

import pandas as pd

UNNAMED = "(dates only)"
"""The series of names that consist only of serial parts."""

# DigitalOcean was founded in 2011: srv-2001-01 is a host, and 1234567890 is a customer.
_YEAR = "20[1-9][0-9]"
_MONTH = "(?:0[1-9]|1[0-2])"
_DAY = "(?:0[1-9]|[12][0-9]|3[01])"
_ANY_DAY = "(?:3[01]|[12][0-9]|0?[1-9])"
_HOUR = "(?:[01][0-9]|2[0-3])"
_SIXTY = "[0-5][0-9]"
# Abbreviations without a year or a day must be capitalized: mon-1 and dec-1 may be hosts.
_SHORT_MONTH = "(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)"
_MONTH_NAME = (
    "(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    "sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
# A year that starts an ISO date belongs to that date: in dec-1-2026-06-01, dec-1 is a host.
_ISO_REST = "|".join(f"{sign}{_MONTH}{sign}{_DAY}" for sign in ("-", "_", r"\.", "/", " "))
_YEAR_OF_MONTH = (
    f"{_YEAR}(?!(?:{_ISO_REST})(?![0-9])|[-_/]{_MONTH}(?![0-9]|[-_.:]{_SIXTY})"
    f"|[ _-]?[wWqQ][0-9]|[ ._-]?{_MONTH_NAME}(?![A-Za-z]))"
)
# The 1 in Mon-1 is the number of a host, the 5 in Mon-5-Nov is a day.
_WEEKDAY = (
    "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|(?i:monday|tuesday|wednesday|thursday|friday|saturday|sunday))"
    f"(?![_-]?[0-9]{{1,3}}(?![0-9:.]|[ _-]*{_MONTH_NAME}[ _-]*{_YEAR}|-{_MONTH}-{_YEAR}))"
)
_FRACTION = "(?:[.,][0-9]{1,9})?"
_AM_PM = "(?: ?(?i:[ap]m))?"
_COLONS = f"[0-9]{{1,2}}:{_SIXTY}(?::{_SIXTY}{_FRACTION})?"
# The same separator throughout: in 0300-02 the last number may belong to a host.
_SEPARATED = "|".join(
    f"{_HOUR}{sign}{_SIXTY}(?:{sign}{_SIXTY}{_FRACTION})?" for sign in ("", r"\.", "-", "_")
)
_CLOCK = f"(?:(?:{_COLONS}|{_SEPARATED}|{_HOUR}h{_SIXTY}(?:m(?:{_SIXTY}s)?)?){_AM_PM})"
# -02 after a time may be the number of a host, so an offset must have minutes or a plus sign.
_OFFSET = rf"(?: ?\+{_HOUR}(?::?{_SIXTY})?| -{_HOUR}{_SIXTY}|-{_HOUR}:{_SIXTY})"
_ZONE = f"(?:Z|[ _-]?(?:UTC|GMT|[CEW]ES?T|BST|IST|JST|MSK|AES?T|[ECMP][SD]T)|{_OFFSET})"
_TIME = f"(?:(?:(?:[ T_.@,-]{{1,3}}| at ){_CLOCK}|T{_HOUR}){_ZONE}?|Z)?"

# win-2019-01 and sql-2019-01-2026-10-01 are hosts that are named after a version.
_NO_VERSION = "".join(f"(?<!(?i:{end})[ ._-])" for end in ("win", "dows", "rver", "srv", "sql"))
_LAST_DATE = rf"(?!.*(?<![0-9])(?:{_YEAR}[-_.]?{_MONTH}[-_.]?{_DAY}|1[3-9][0-9]{{8}}))"

WORDS: tuple[tuple[str, str], ...] = (
    (
        "Nov  5 00:00:01 UTC 2026, 5 Nov 12:00:01 AM CET 2026",
        (
            f"(?:{_SHORT_MONTH}[ _-]+{_ANY_DAY}|{_ANY_DAY}[ _-]+{_SHORT_MONTH})"
            f"[ _-]+{_CLOCK}{_ZONE}?[ _-]+{_YEAR_OF_MONTH}"
        ),
    ),
    (
        "5 Nov 2026, 05-nov-2026, 05 Nov 2026 00:00:01 +0000",
        (
            # In web-1 May 2026 the number belongs to the host.
            f"(?:{_DAY}-|(?<![A-Za-z]-){_ANY_DAY}(?:st|nd|rd|th)?[ ._]*)"
            f"{_MONTH_NAME}[ ._-]*{_YEAR_OF_MONTH}{_TIME}"
        ),
    ),
    (
        "Nov 5, 2026, November 5th 2026",
        f"{_MONTH_NAME}[ ._-]*{_ANY_DAY}(?:st|nd|rd|th)?,?[ ._-]+{_YEAR_OF_MONTH}{_TIME}",
    ),
    ("Nov-2026, november 2026", f"{_MONTH_NAME}[ ._-]*{_YEAR_OF_MONTH}"),
    (
        "2026-Nov-05, 2026-Nov",
        # In "made in 2014 Nov 5, 2026" the year is the second one.
        (
            f"{_YEAR}[ ._-]?{_MONTH_NAME}"
            f"(?![ ._-]*(?:{_ANY_DAY}(?:st|nd|rd|th)?,?[ ._-]+)?{_YEAR})(?:[ ._-]?{_DAY}{_TIME})?"
        ),
    ),
    # Only after other text: Dec-1 may be a host.
    ("web Nov 5, web-Nov-05", f"(?<=[ _-]){_SHORT_MONTH}[ _-]+{_ANY_DAY}"),
    ("Mon, monday", _WEEKDAY),
)
"""Serial parts with the name of a month or of a weekday: examples, and the regular expression."""

NUMBERS: tuple[tuple[str, str], ...] = (
    ("3f2504e0-4f89-41d3-9a0c-0305e82c3301", "(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"),
    ("2026-W45, 2026W45-1", f"{_YEAR}[ _-]?[wW](?:0[1-9]|[1-4][0-9]|5[0-3])(?:-[1-7])?"),
    ("2026-Q4", f"{_YEAR}[ _-]?[qQ][1-4]"),
    (
        "2026-11-01, v2026.11.01, 2026.11.01.03.00, 2026-11-01T03:00:01.5Z",
        f"v?{_YEAR}(?P<ymd>[-_./ ]){_MONTH}(?P=ymd){_DAY}{_TIME}",
    ),
    (
        "01-11-2026, 1.11.2026, 11/1/26",
        (
            f"(?:(?:{_DAY}-{_DAY}-|{_ANY_DAY}(?P<dmy>[_./]){_ANY_DAY}(?P=dmy)){_YEAR}"
            # In web-10-01-2026-11-01 the date is the second one.
            "(?![-_./][0-9]{2}[-_./][0-9]{2}(?![0-9])|[ _-]?[wWqQ][0-9])"
            f"|{_ANY_DAY}/{_ANY_DAY}/[0-9]{{2}}){_TIME}"
        ),
    ),
    ("2026-11", f"{_NO_VERSION}{_YEAR}[-_/]{_MONTH}{_LAST_DATE}"),
    ("03:00, 03:00:01.123 UTC, 03h00", f"(?:{_COLONS}{_AM_PM}|{_HOUR}h{_SIXTY}){_ZONE}?"),
    (
        "3f9ac1d, g3f9ac1d, and 16, 32, 40 or 64 digits",
        # Letters and digits must alternate: cafe2024 is a word and a number.
        (
            "g?(?=[0-9]*[a-f]+[0-9]+[a-f]|[a-f]*[0-9]+[a-f]+[0-9])"
            "(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32}|[0-9a-f]{16}|[0-9a-f]{7,12})"
        ),
    ),
    ("(12)", r"\([0-9]+\)"),
)
"""Serial parts without the name of a month or weekday."""

GLUED: tuple[tuple[str, str], ...] = (
    (
        "20261101, 202611010300, 20261101T030001Z",
        f"{_YEAR}{_MONTH}{_DAY}(?:{_HOUR}{_SIXTY}(?:{_SIXTY})?{_FRACTION})?{_TIME}",
    ),
    ("1764000000, 1764000000.123, 1764000000123", r"1[3-9][0-9]{8}(?:[0-9]{3}|\.[0-9]{1,9})?"),
)
"""Serial parts that may follow a letter directly, as in web20261101."""

_ENDS = " -_.,:;@#/+=|~"
_SEPARATORS = f"[{re.escape(_ENDS)}]*"


def _compiled(*tables: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    apart = "|".join(pattern for table in tables for _, pattern in table)
    glued = "|".join(pattern for _, pattern in GLUED)
    serial = rf"(?<![0-9])(?:(?<![A-Za-z])(?:{apart})|{glued})(?![A-Za-z0-9])"
    # A run of separators can match only from its beginning, so the time stays linear.
    return re.compile(f"(?<![{re.escape(_ENDS)}]){_SEPARATORS}(?:{serial}{_SEPARATORS})+")


@cache
def _serial(*, words: bool) -> re.Pattern[str]:
    # Compiled when first needed, which takes longer than to read all names of most accounts.
    return _compiled(WORDS, NUMBERS) if words else _compiled(NUMBERS)


# These tests recognize the many names without serial parts quickly.
_IN_NUMBERS = r"20[1-9][0-9]|[0-9][:/h][0-9]|[0-9A-Fa-f]{7}|[(\[{<]"
"""Every part in ``NUMBERS`` and ``GLUED`` contains one of these, as do brackets left empty."""
_IN_WORDS = "day|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun"
_MAYBE_A_NUMBER = re.compile(_IN_NUMBERS)
_MAYBE_A_WORD = re.compile(_IN_WORDS)
# No letter precedes or follows the name of a month or weekday, except as in 5thNov2026.
_A_WORD = re.compile(
    "(?:(?<![a-z])|(?<=[0-9](?:st|nd|rd|th)))"
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    "sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|"
    "(?:mon|tue|wed|thu|fri|sat|sun)(?:[a-z]*day)?)(?![a-z])",
    re.ASCII | re.IGNORECASE,
)
_EMPTY_BRACKETS = re.compile(rf"[(\[{{<]{_SEPARATORS}[)\]}}>]")


@lru_cache(maxsize=262_144)
def series_of(name: str) -> str:
    """Return the series of a name: the name without dates, times, epochs, hashes and UUIDs.

    Parameters
    ----------
    name : str
        The name of an image.

    Returns
    -------
    str
        The name without serial parts and counters in parentheses; other numbers stay.

    Examples
    --------
    >>> series_of("web-1-2026-10-01"), series_of("web-2-2026-10-01 (3)")
    ('web-1', 'web-2')
    >>> series_of("Thu Nov  5 00:00:01 UTC 2026"), series_of("ubuntu-22.04-golden")
    ('(dates only)', 'ubuntu-22.04-golden')
    """
    words = bool(_MAYBE_A_WORD.search(name.lower()) and _A_WORD.search(name))
    if not words and not _MAYBE_A_NUMBER.search(name):
        return name.strip(_ENDS) or UNNAMED
    rest = _serial(words=words).sub(_joint, name)
    rest = _EMPTY_BRACKETS.sub(" ", rest).strip(_ENDS)
    return rest or UNNAMED


def series_of_names(names: pd.Series[Any]) -> pd.Series[Any]:
    """Return the series of each name; ``series_of`` reads only those that may have serial parts."""
    read = names.str.contains(f"{_IN_NUMBERS}|(?i:{_IN_WORDS})").to_numpy(dtype=bool)
    series = names.str.strip(_ENDS)
    series = series.mask(series == "", UNNAMED)
    series[read] = pd.array([*map(series_of, names[read].tolist())], dtype="str")
    return series


def _joint(match: re.Match[str]) -> str:
    """Return the separator that replaces a serial part: the one after it, or the one before.

    Before a number, a marker stays: web-2026-10-01-1 is not a snapshot of the host web-1.
    """
    text, after = match.group(), match.string[match.end() : match.end() + 1]
    if match.start() and after.isdecimal():
        return "-…-"
    return text[-1] if text[-1] in _ENDS else (text[0] if text[0] in _ENDS else " ")
