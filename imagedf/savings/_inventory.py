"""The images that rules look at: their ages, their families and their tags.

What is not known (a date, a name) stays missing, so that no rule takes it for anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

Truths = np.ndarray[Any, np.dtype[np.bool_]]
_Positions = np.ndarray[Any, np.dtype[np.intp]]

_SEPARATORS = "-_:/@#()[],;+= "
_BLANKS = str.maketrans(dict.fromkeys(_SEPARATORS, " "))
_SERIAL = re.compile(
    "|".join(
        (
            r"v?\d+",
            r"(?:19|20)\d\d\.\d\d\.\d\d",
            # A time, with the last part of its date before it or not.
            r"(?:\d{1,8}T)?\d{1,6}(?:\.\d+)?Z|\d{1,8}T\d{1,6}|\d{1,2}h(?:\d\d)?m?",
            r"\d{1,2}\.\d{1,2}\.(?:19|20)\d\d",
            r"(?=[0-9a-fA-F]*\d)(?=[0-9a-fA-F]*[a-fA-F])[0-9a-fA-F]{7,40}",
        )
    )
)
_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    "sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
# The last part of a UUID may be gone as a counter.
_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}(?:-[0-9a-f]{12})?"
_SCATTERED = re.compile(
    rf"(?<![^\W_])(?:{_UUID}|\d{{1,2}}[-_ ](?:{_MONTHS}))(?![^\W_])", re.IGNORECASE
)
"""Serial parts that the separators would tear into words that mean something."""


def family_of(name: str) -> str:
    """Return what a series of images has in common: the name without its serial parts.

    Dates with or without a time, hashes and counters are taken out; a version with a
    point, such as 22.04, stays.

    Examples
    --------
    >>> family_of("web-prod-2026-11-01-0300"), family_of("web-prod (12)")
    ('web-prod', 'web-prod')
    >>> family_of("ubuntu-22.04-3f9ac1d")
    'ubuntu-22.04'
    """
    # Most names end in a counter that stands but once, behind what many have in common.
    head = name.rstrip("0123456789")
    return _lasting(head if not head or head[-1] in _SEPARATORS else name)


@lru_cache(maxsize=65_536)
def _lasting(name: str) -> str:
    """Join the words of a name that are not serial."""
    words = [word.strip(".") for word in _SCATTERED.sub(" ", name).translate(_BLANKS).split()]
    lasting = [word for word in words if word and not (word.isdecimal() or _SERIAL.fullmatch(word))]
    return "-".join(lasting) or "(serial)"


class _Worn(NamedTuple):
    """The tags of all images in one go: whose each is, its number, and the different texts."""

    rows: _Positions
    codes: _Positions
    texts: list[str]


class Inventory:
    """The private images that rules look at, and what is known about each.

    ``images`` has one row an image, with costs; ``now`` is what ages refer to [UTC].
    """

    def __init__(self, images: pd.DataFrame, now: datetime, cost: str) -> None:
        self.images = images
        self.now = now
        self.cost = images[cost].to_numpy(dtype=np.float64)

    @cached_property
    def created(self) -> pd.Series[Any]:
        """When each image was made; missing where that is not known."""
        return self.images["created_at"]

    @cached_property
    def age_days(self) -> pd.Series[Any]:
        """Age of each image in days; missing where its date is."""
        age: pd.Series[Any] = pd.Timestamp(self.now) - self.created
        return pd.Series(age.dt.total_seconds() / 86_400)

    @cached_property
    def families(self) -> pd.Series[Any]:
        """The family of each image by its name without serial parts."""
        return self._named(family_of)

    def family(self, pattern: str | None = None, tag_key: str | None = None) -> pd.Series[Any]:
        """Name the family of each image by name, by regular expression or by tag."""
        if tag_key is not None:
            return self._tag_values(f"{tag_key}:")
        if pattern is None:
            return self.families
        expression = re.compile(pattern)
        return self._named(lambda name: _found_in(name, expression))

    def _named(self, family: Callable[[str], str | None]) -> pd.Series[Any]:
        names = self.images["name"].tolist()
        families = [family(name) if isinstance(name, str) else None for name in names]
        return pd.Series(families, index=self.images.index, dtype="str")

    def series(self, pattern: str | None, tag_key: str | None) -> pd.DataFrame:
        """List the images whose date and family are known, newest first, by family.

        Columns ``group`` (one number per account, type and family) and ``created_at``; the
        index holds the row of each image.
        """
        keys = self.images[["account", "type", "id", "name"]].assign(
            family=self.family(pattern, tag_key),
            created_at=self.created,
            row=np.arange(len(self.images)),
        )
        keys = keys.dropna(subset=["family", "created_at"])
        keys["group"] = keys.groupby(["account", "type", "family"], dropna=False).ngroup()
        ordered = in_order(keys, ["created_at", "id"], ["group", "name"], down=True)
        return ordered.set_index("row")[["group", "created_at"]]

    def tagged(self, fits: Callable[[str], bool]) -> Truths:
        """Tell for each image whether one of its tags fits."""
        worn = self._worn
        fitting = np.fromiter((fits(text) for text in worn.texts), bool, len(worn.texts))
        return self.truths(worn.rows[fitting[worn.codes]])

    def _tag_values(self, prefix: str) -> pd.Series[Any]:
        """Return of each image what follows the prefix in the first tag that begins with it."""
        worn = self._worn
        fits = np.array([text.startswith(prefix) for text in worn.texts], dtype=bool)
        held = np.flatnonzero(fits[worn.codes])
        rows, firsts = np.unique(worn.rows[held], return_index=True)
        values = np.full(len(self.images), None, dtype=object)
        values[rows] = [
            worn.texts[code].removeprefix(prefix) for code in worn.codes[held[firsts]].tolist()
        ]
        return pd.Series(values, index=self.images.index, dtype="str")

    @cached_property
    def _worn(self) -> _Worn:
        cells = self.images["tags"].tolist()
        rows = np.repeat(np.arange(len(cells)), np.fromiter(map(len, cells), np.intp, len(cells)))
        texts = np.array(list(chain.from_iterable(cells)), dtype=object)
        codes, uniques = pd.factorize(texts)
        return _Worn(rows, codes, list(uniques))

    def truths(self, rows: Any) -> Truths:
        """Turn row numbers into one truth value an image."""
        result = np.zeros(len(self.images), dtype=bool)
        result[np.asarray(rows, dtype=np.intp)] = True
        return result


def in_order(
    frame: pd.DataFrame, by: list[str], ties: list[str], *, down: bool | list[bool]
) -> pd.DataFrame:
    """Sort by ``by``, and where that leaves a tie by ``ties``, so that no order of rows shows."""
    directions = [down] * len(by) if isinstance(down, bool) else down
    ordered = frame.sort_values(by, ascending=[not one for one in directions], kind="stable")
    # Texts sort slowly, and numbers seldom tie.
    if not ordered.duplicated(by).any():
        return ordered
    ascending = [not one for one in directions] + [True] * len(ties)
    return frame.sort_values([*by, *ties], ascending=ascending, kind="stable")


def _found_in(name: str, expression: re.Pattern[str]) -> str | None:
    match = expression.search(name)
    if match is None:
        return None
    return match.group(1) if expression.groups else match.group(0)
