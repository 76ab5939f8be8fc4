"""Filter images by scope, tag, type and ``--where``, for live and saved input alike.

Filters that the API knows are sent to it, and also applied here, for saved input; on a live
listing they change nothing.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from imagedf._text import counted
from imagedf.cli._console import say
from imagedf.cli._names import nearest

if TYPE_CHECKING:
    import pandas as pd

    from imagedf.cli._source import Source

_CONDITION = re.compile(r"\s*(\w+)\s*(!=|<=|>=|=|<|>)(.*)", re.DOTALL)
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TRUTH = {"true": True, "yes": True, "false": False, "no": False}


class Condition(NamedTuple):
    """One ``--where``: a column, a comparison and the value as typed."""

    column: str
    sign: str
    value: str


def check_where(texts: Iterable[str]) -> list[Condition]:
    """Return the conditions of ``--where``, checked before anything is sent."""
    conditions = []
    for text in texts:
        match = _CONDITION.fullmatch(text)
        if match is None:
            raise click.UsageError(f"--where must be COLUMN=VALUE, not {text!r:.60}")
        conditions.append(Condition(match[1], match[2], match[3].strip()))
    return conditions


def filtered(frame: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Return the rows of the images that the options of a source select."""
    masks = [_in_scope(frame, source)]
    conditions = check_where(source.where)
    if source.tag is not None:
        # What the API lists for a tag has it, also where the token can't read tags.
        masks.append(_has_tag(frame, source.tag) | (_unread(frame) & (not source.paths)))
    if (source.tag is not None and source.paths) or any(_is_tag(one) for one in conditions):
        _name_unread(frame[masks[0]])
    if source.type is not None and source.paths:
        masks.append(_is_listed_as(frame, source.type))
    masks += [_matches(frame, condition) for condition in conditions]
    kept = masks[0]
    for mask in masks[1:]:
        kept = kept & mask
    return frame if kept.all() else frame[kept].reset_index(drop=True)


def _in_scope(frame: pd.DataFrame, source: Source) -> pd.Series[bool]:
    from imagedf.frame import is_own

    own = _mask(frame, is_own(frame))
    if source.own:
        return own
    return ~own if source.scope == "public" else own | True


def _is_listed_as(frame: pd.DataFrame, kind: str) -> pd.Series[bool]:
    """Return whether the API lists an image with ``type=application`` or ``distribution``.

    That is not the column ``type``: most 1-click images have the type snapshot there.
    """
    base = _mask(frame, frame["type"].eq("base").fillna(value=False))
    public = _mask(frame, frame["public"].fillna(value=False))
    return public & (base == (kind == "distribution"))


def _has_tag(frame: pd.DataFrame, tag: str) -> pd.Series[bool]:
    """Return whether an image has a tag; DigitalOcean's tags are case-insensitive."""
    return _mask(frame, (tag.casefold() in map(str.casefold, tags) for tags in _tags(frame)))


def _unread(frame: pd.DataFrame) -> pd.Series[bool]:
    """Return whether the tags of an image are unknown."""
    return _mask(frame, (not isinstance(tags, list) for tags in frame["tags"]))


def _name_unread(frame: pd.DataFrame) -> None:
    """Print the number of images that have unknown tags, so no tag selects them."""
    from imagedf.frame import first_rows, image_codes

    unknown = int(_unread(frame.take(first_rows(image_codes(frame)))).sum())
    if unknown:
        images = counted(unknown, "image")
        say(f"tags are unknown for {images}, which are left out; reading them needs tag:read")


def _is_tag(condition: Condition) -> bool:
    return condition.column in ("tag", "tags")


def _tags(frame: pd.DataFrame) -> list[list[str]]:
    return [tags if isinstance(tags, list) else [] for tags in frame["tags"]]


def _mask(rows: pd.DataFrame | pd.Series[Any], values: Iterable[bool]) -> pd.Series[bool]:
    import pandas as pd

    return pd.Series(list(values), index=rows.index, dtype=bool)


def _matches(frame: pd.DataFrame, condition: Condition) -> pd.Series[bool]:
    """Return the rows of the images that meet a condition; an unknown value never does."""
    if condition.column in ("region", "regions"):
        return _of_image(frame, _compared(frame["region"], condition))
    if _is_tag(condition):
        return _tag_matches(frame, condition)
    known = [str(name) for name in frame.columns if name != "tags"]
    if condition.column not in known:
        raise click.UsageError(
            f"--where: {nearest(condition.column, [*known, 'tag'], 'a column of the images')}"
        )
    return _compared(frame[condition.column], condition)


def _of_image(frame: pd.DataFrame, rows: pd.Series[bool]) -> pd.Series[bool]:
    """Return all rows of an image if any of them matches: its size is divided over the rows."""
    from imagedf.frame import image_codes

    return _mask(frame, rows.groupby(image_codes(frame)).transform("any"))


def _tag_matches(frame: pd.DataFrame, condition: Condition) -> pd.Series[bool]:
    if condition.sign not in ("=", "!="):
        raise click.UsageError(f"--where {condition.column}: tags support only = and !=")
    wanted = condition.value.casefold()
    has = _mask(
        frame,
        (
            any(fnmatchcase(tag.casefold(), wanted) for tag in tags) if wanted else not tags
            for tags in _tags(frame)
        ),
    )
    return ~_unread(frame) & (has if condition.sign == "=" else ~has)


def _compared(column: pd.Series[Any], condition: Condition) -> pd.Series[bool]:
    if not condition.value:
        missing = column.isna()
        return missing if condition.sign == "=" else ~missing
    if condition.sign in _COMPARE:
        found = _COMPARE[condition.sign](column, _value_of(column, condition))
    else:
        found = _equal(column, condition)
        found = found if condition.sign == "=" else ~found
    return _mask(column, found.fillna(value=False) & column.notna())


def _equal(column: pd.Series[Any], condition: Condition) -> pd.Series[Any]:
    value = _value_of(column, condition)
    if isinstance(value, str):
        return column.map(lambda text: fnmatchcase(text, value), na_action="ignore").eq(True)  # noqa: FBT003 # pandas' own
    return column.eq(value)


def _value_of(column: pd.Series[Any], condition: Condition) -> Any:
    """Return the value converted to the column's kind: a number, yes or no, a date, or text."""
    import pandas as pd

    kind = column.dtype
    try:
        if pd.api.types.is_bool_dtype(kind):
            return _TRUTH[condition.value.casefold()]
        if pd.api.types.is_numeric_dtype(kind):
            return float(condition.value)
        if pd.api.types.is_datetime64_any_dtype(kind):
            return pd.Timestamp(condition.value, tz="UTC")
    except (ValueError, KeyError) as error:
        raise click.UsageError(
            f"--where {condition.column}: {condition.value!r:.40} is not a valid value"
        ) from error
    return condition.value
