"""A plan: a file with the deletion candidates found at one moment."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from imagedf._text import counted, file_kind, in_html
from imagedf.errors import FrameError, ImagedfError
from imagedf.files import write_text
from imagedf.frame import require
from imagedf.savings._policy import Policy
from imagedf.savings._savings import SAVINGS_KEY, savings_column
from imagedf.schema import cost_column

VERSION = 1
"""The version of the plan format; a plan of another version is rejected."""
_KIND = "imagedf deletion plan"
SAME = ("name", "type", "size_gigabytes", "created_at")
"""The fields that must not change until a candidate is deleted."""
_COLUMNS = ("account", "id", *SAME, "series", "source", "used_by", "selected_by")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Plan:
    """Deletion candidates, and the policy that found them.

    ``candidates`` has one row per image, ``made`` is the moment that ages refer to, ``skipped``
    counts candidates that were left out because another image has the same id.
    """

    candidates: pd.DataFrame
    policy: Policy
    made: datetime
    skipped: int

    def __repr__(self) -> str:
        number = counted(len(self.candidates), "candidate")
        return f"<Plan of {self.made:%Y-%m-%d %H:%M} UTC: {number}>"

    def _repr_html_(self) -> str:
        return f"<p>{in_html(repr(self))}</p>{self.candidates.to_html(index=False)}"


def save_plan(found: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write the deletion candidates to a file, with everything needed to verify them later.

    Parameters
    ----------
    found : pandas.DataFrame
        The frame that ``find_savings`` returned.
    path : path-like
        The JSON file; an existing one is replaced atomically.

    Returns
    -------
    pathlib.Path
        The path of the file.

    Raises
    ------
    FrameError
        ``found`` is not such a frame or lost its ``attrs``, or not all images were judged.
    ImagedfError
        The file can't be written.

    See Also
    --------
    verify_plan : Check a plan before anything is deleted.

    Notes
    -----
    A candidate without an id, or with an id that another image also has, is left out, because
    images are deleted by id.

    Examples
    --------
    >>> import imagedf, tempfile, pathlib
    >>> found = imagedf.find_savings(imagedf.example_account(), now="2026-11-01")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     imagedf.load_plan(imagedf.save_plan(found, pathlib.Path(folder, "plan.json")))
    <Plan of 2026-11-01 00:00 UTC: 180 candidates>
    """
    require(found, [*_COLUMNS, "deletable"])
    asked = found.attrs.get(SAVINGS_KEY)
    if asked is None:
        raise FrameError("the frame lost its attrs; pass the frame that find_savings returned")
    if asked["partial"]:
        raise FrameError(f"a plan needs all of your images, but these are {asked['partial']}")
    candidates = found[found["deletable"].to_numpy(dtype=bool)]
    ours = candidates[~_shared(found)[candidates.index] & candidates["id"].notna()]
    plan = {
        "kind": _KIND,
        "version": VERSION,
        "made": asked["now"],
        "policy": asked["policy"],
        "skipped": len(candidates) - len(ours),
        "candidates": list(_rows(ours)),
    }
    return write_text(path, json.dumps(plan, ensure_ascii=False, indent=1) + "\n")


def _shared(found: pd.DataFrame) -> pd.Series[bool]:
    """Return whether another image of the account has the same id."""
    return found.duplicated(["account", "id"], keep=False)


def _rows(candidates: pd.DataFrame) -> Iterator[dict[str, Any]]:
    saved = savings_column(cost_column(candidates.columns) or "")
    names = [*_COLUMNS, *([saved] if saved in candidates else [])]
    for row in candidates[names].itertuples(index=False):
        yield {name: _plain(value) for name, value in zip(names, row, strict=True)}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return value
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


def load_plan(path: str | os.PathLike[str]) -> Plan:
    """Read a plan.

    Parameters
    ----------
    path : path-like
        A file written by ``save_plan``.

    Returns
    -------
    Plan
        The candidates and the policy that found them.

    Raises
    ------
    ImagedfError
        The file can't be read, is not a plan, or has another version.

    See Also
    --------
    verify_plan : Check a plan before anything is deleted.

    Examples
    --------
    >>> import imagedf, tempfile
    >>> found = imagedf.find_savings(imagedf.example_account(), now="2026-11-01")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = imagedf.save_plan(found, f"{folder}/plan.json")
    ...     len(imagedf.load_plan(path).candidates)
    180
    """
    name = os.fspath(path)
    content = _content(name)
    if not isinstance(content, dict) or content.get("kind") != _KIND:
        raise ImagedfError(f"{name} is not a plan written by save_plan")
    if content.get("version") != VERSION:
        raise ImagedfError(
            f"{name} is a plan of version {content.get('version')!r:.20}, but this imagedf reads "
            f"version {VERSION}; write the plan again"
        )
    try:
        return _plan(content)
    except (KeyError, TypeError, ValueError) as error:
        raise ImagedfError(f"{name} is not a complete plan: {error!r:.200}") from error


def _content(name: str) -> Any:
    try:
        content = Path(name).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise ImagedfError(f"can't read {name}: {getattr(error, 'strerror', error)}") from error
    if kind := file_kind(content):
        raise ImagedfError(f"{name} is {kind}, not a plan written by save_plan")
    try:
        return json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ImagedfError(
            f"{name} is not a plan: it is not valid JSON ({error!s:.100})"
        ) from error


def _plan(content: Mapping[str, Any]) -> Plan:
    rows = content["candidates"]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TypeError("candidates must be a list of objects")
    extra = list(rows[0].keys() - set(_COLUMNS)) if rows else []
    for row in rows:
        if row.keys() != {*_COLUMNS, *extra}:
            raise ValueError(f"a candidate has the fields {', '.join(sorted(row))}")
    candidates = pd.DataFrame(rows, columns=[*_COLUMNS, *extra])
    candidates["created_at"] = pd.to_datetime(
        candidates["created_at"], utc=True, format="ISO8601"
    ).astype("datetime64[us, UTC]")
    made = datetime.fromisoformat(content["made"])
    return Plan(candidates, Policy.from_dict(content["policy"]), made, int(content["skipped"]))
