"""The images that a policy is applied to, one row per image.

An unknown value (a date, a name, a tag list) stays missing, so that no rule treats it as a value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from fnmatch import translate
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from imagedf.savings._ages import latest_of
from imagedf.savings._series import series_of_names
from imagedf.summary import known_sizes

Mask = np.ndarray[Any, np.dtype[np.bool_]]
_Positions = np.ndarray[Any, np.dtype[np.intp]]
_PERIODS = {"daily": "D", "weekly": "W", "monthly": "M", "yearly": "Y"}


class _Tags(NamedTuple):
    """All tags, flattened: the row of each tag, its code, and the distinct tags."""

    rows: _Positions
    codes: _Positions
    texts: list[str]


class Inventory:
    """Your own images, one row per image, and the moment that ages refer to.

    ``images`` has the columns account, id, name, type, public, created_at, size_gigabytes,
    status, tags and use_readable; source, source_id and used_by only if they were looked up.
    """

    def __init__(self, images: pd.DataFrame, now: datetime) -> None:
        self.images = images
        self.now = now
        self._newest: dict[tuple[str, int, str], Mask] = {}

    def __len__(self) -> int:
        return len(self.images)

    def known(self, column: str) -> Mask:
        """Return for each image whether a column is known."""
        if column not in self.images:
            return np.zeros(len(self), dtype=bool)
        if column in {"tags", "used_by"}:
            cells = self.images[column].tolist()
            return np.fromiter((isinstance(cell, list) for cell in cells), bool, len(cells))
        known = self.images[column].notna()
        if column == "name":
            # Images with blank names have nothing in common.
            known &= self.images[column].str.strip().ne("").fillna(value=False)
        return known.to_numpy(dtype=bool)

    def is_one_of(self, column: str, values: Sequence[str]) -> Mask:
        """Return for each image whether a column has one of these values."""
        return self.images[column].isin(values).to_numpy(dtype=bool)

    def status_is_not(self, statuses: Sequence[str]) -> Mask:
        """Return for each image whether its status is known and not among these."""
        # DigitalOcean has changed the case of statuses before.
        excluded = [status.lower() for status in statuses]
        other = ~self.images["status"].str.lower().isin(excluded).to_numpy(dtype=bool)
        return np.logical_and(self.known("status"), other)

    def is_older_than(self, age: str) -> Mask:
        """Return for each image whether its date is known and it is older than ``age``."""
        older: pd.Series[bool] = self.images["created_at"] < latest_of(age, self.now)
        return older.to_numpy(dtype=bool)

    @cached_property
    def sizes(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The size of each image [GB]; NaN if it is missing, negative or impossible."""
        return known_sizes(self.images["size_gigabytes"])

    def is_among_largest(self, count: int, of: Mask) -> Mask:
        """Return for each image of ``of`` whether fewer than ``count`` of them are larger.

        An unknown size counts as the largest, so that it doesn't move another image into the set.
        """
        ranked = self._ordered(np.where(np.isnan(self.sizes), np.inf, self.sizes))
        top = ranked[of[ranked]][:count]
        result = self.mask(top)
        result[np.isnan(self.sizes)] = False
        return result

    def has_name(self, patterns: Sequence[str]) -> Mask:
        """Return for each image whether its name equals or matches one of the patterns."""
        matcher = re.compile("|".join(translate(pattern) for pattern in patterns))
        codes, names = pd.factorize(self.images["name"])
        fits = [name in patterns or matcher.match(name) is not None for name in names.tolist()]
        return np.array([*fits, False], dtype=bool)[codes]  # code -1: the name is missing

    def has_id(self, ids: Sequence[int | str]) -> Mask:
        """Return for each image whether its id is one of these."""
        texts = {str(value) for value in ids}
        return self.images["id"].astype("str").isin(texts).to_numpy(dtype=bool)

    def has_tag(self, keys: Sequence[str]) -> Mask:
        """Return for each image whether it has a tag ``key`` or ``key:value``, ignoring case."""
        wanted = [key.casefold() for key in keys]
        tags = self._tags
        fits = [
            any(tag == key or tag.startswith(f"{key}:") for key in wanted)
            for tag in map(str.casefold, tags.texts)
        ]
        return self.mask(tags.rows[np.array(fits, dtype=bool)[tags.codes]])

    @cached_property
    def is_untagged(self) -> Mask:
        """For each image, whether its tags are known and empty."""
        return self.known("tags") & ~self.mask(self._tags.rows)

    @cached_property
    def is_used(self) -> Mask:
        """For each image, whether a Droplet or autoscale pool is known to use it."""
        if "used_by" not in self.images:
            return np.zeros(len(self), dtype=bool)
        cells = self.images["used_by"].tolist()
        return np.fromiter(
            (isinstance(cell, list) and bool(cell) for cell in cells), bool, len(cells)
        )

    @cached_property
    def series(self) -> pd.Series[Any]:
        """The series of each image by its name; missing for backups and images without a name."""
        codes, names = pd.factorize(self.images["name"])
        series = series_of_names(pd.Series(names, dtype="str"))
        found = pd.Series(series.array.take(codes, allow_fill=True), index=self.images.index)
        return found.mask(self.is_one_of("type", ("backup",)))

    def newest(self, counted: str, number: int, per: str = "series") -> Mask:
        """Return the newest ``number`` of each group, or the newest of each of its last periods.

        An unavailable image doesn't take the place of an older one that is available.
        """
        asked = (counted, number, per)
        if asked not in self._newest:  # a policy and the images to review often ask the same
            members = self.members(per)
            usable = self._is_usable[members["row"].to_numpy()]
            counts = (self._counted(rows, counted, number) for rows in (members, members[usable]))
            self._newest[asked] = np.logical_or(*counts)
        return self._newest[asked]

    def _counted(self, members: pd.DataFrame, counted: str, number: int) -> Mask:
        if counted != "last":
            moments = members["created_at"].dt.tz_localize(None)
            members = members.assign(period=moments.dt.to_period(_PERIODS[counted]))
            members = members.drop_duplicates(["group", "period"])
        return self.mask(members.loc[members.groupby("group").cumcount() < number, "row"])

    @cached_property
    def _is_usable(self) -> Mask:
        """For each image, whether its status is known to be available."""
        return self.images["status"].str.lower().eq("available").fillna(value=False).to_numpy(bool)

    def members(self, per: str) -> pd.DataFrame:
        """Return the members with a known date of all groups, newest first.

        An image with several values of a tag is a member of several groups.
        """
        if per.startswith("tag:"):
            members = self._tag_values(f"{per.removeprefix('tag:')}:")
        else:
            values = self.series if per == "series" else self._found_in_names(re.compile(per))
            members = pd.DataFrame({"row": np.arange(len(self)), "value": values})
        keys = ["account", "type", *(["source_id"] if self._by_source(per) else [])]
        rows = members["row"].to_numpy()
        members[keys] = self.images[keys].take(rows).set_axis(members.index)
        members["created_at"] = self.images["created_at"].take(rows).array
        members["group"] = members.groupby([*keys, "value"], dropna=False, sort=False).ngroup()
        ranks = np.empty(len(self), dtype=np.intp)
        ranks[self._newest_first] = np.arange(len(self))
        ordered = members.iloc[np.argsort(ranks[rows], kind="stable")]
        return ordered.dropna(subset=["value", "created_at"])

    def _by_source(self, per: str) -> bool:
        return per == "series" and "source_id" in self.images

    def _found_in_names(self, expression: re.Pattern[str]) -> pd.Series[Any]:
        codes, names = pd.factorize(self.images["name"])
        found = [_found_in(name, expression) for name in names.tolist()]
        return pd.Series(np.array([*found, None], dtype=object)[codes], dtype="str")

    def _tag_values(self, prefix: str) -> pd.DataFrame:
        """Return the parts after the prefix of each image's matching tags."""
        tags = self._tags
        start = prefix.casefold()
        matches = np.array([text.casefold().startswith(start) for text in tags.texts], dtype=bool)
        values = np.array([text[len(prefix) :] for text in tags.texts], dtype=object)
        matching = matches[tags.codes]
        found = pd.DataFrame(
            {
                "row": tags.rows[matching],
                "value": pd.array(values[tags.codes[matching]], dtype="str"),
            }
        )
        return found.drop_duplicates(ignore_index=True)

    @cached_property
    def _newest_first(self) -> _Positions:
        created = self.images["created_at"]
        # Microseconds since 1970 are exact in a double for more than 200 years.
        moments = created.astype("int64").to_numpy(dtype=np.float64)
        return self._ordered(np.where(created.isna(), -np.inf, moments))

    def _ordered(self, measure: np.ndarray[Any, np.dtype[np.float64]]) -> _Positions:
        """Return the rows ordered by a measure, largest first; for equal values, by higher id."""
        order = np.argsort(-measure, kind="stable")
        ordered = measure[order]
        if not (ordered[1:] == ordered[:-1]).any():
            return order
        ids = self.images["id"]
        if not pd.api.types.is_integer_dtype(ids.dtype):
            ids = ids.astype("str").rank(method="dense")
        numbers = ids.fillna(-1).to_numpy(dtype=np.int64)
        ties = [self.images[name].astype("str") for name in ("name", "account")]
        ranks = [text.rank(method="dense", na_option="top").to_numpy() for text in ties]
        return np.lexsort((*ranks, -numbers, -measure))

    @cached_property
    def _tags(self) -> _Tags:
        cells = [cell if isinstance(cell, list) else () for cell in self.images["tags"].tolist()]
        rows = np.repeat(np.arange(len(cells)), np.fromiter(map(len, cells), np.intp, len(cells)))
        texts = np.array(list(chain.from_iterable(cells)), dtype=object)
        codes, uniques = pd.factorize(texts)
        return _Tags(rows, codes, list(uniques))

    def mask(self, rows: Any) -> Mask:
        """Convert row numbers to a mask with one value per image."""
        result = np.zeros(len(self), dtype=bool)
        result[np.asarray(rows, dtype=np.intp)] = True
        return result


def _found_in(name: str, expression: re.Pattern[str]) -> str | None:
    match = expression.search(name)
    if match is None:
        return None
    return match.group(1) if expression.groups else match.group(0)
