"""Total images by group, counting each image once, on the engine that has the frame.

Built on Narwhals: a pandas, Polars, PyArrow, DuckDB or PySpark frame returns a frame of the same
kind. Nothing is collected on a lazy engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
from narwhals.stable.v2.typing import IntoFrame, IntoFrameT

from imagedf.frame import as_of
from imagedf.schema import cost_column
from imagedf.summary._add_up import DIGITS, SIZE, add_up, allocated_name
from imagedf.summary._deduplicate import image_rows_on, require_dated, rows_of
from imagedf.summary._keys import PARTS, check_keys, keys_of, with_times


def summarize(
    frame: IntoFrameT, by: str | Sequence[str], *, now: date | str | None = None
) -> IntoFrameT:
    """Total images by group, counting each image once.

    Parameters
    ----------
    frame : pandas, Polars, PyArrow, DuckDB or PySpark frame
        Either layout, with ``account``, ``id``, ``name``, ``size_gigabytes``, ``created_at`` and
        the columns of ``by``. In a frame with ``snapshot_date``, a history, an image counts once
        per day, so several days need ``snapshot_date`` in ``by``.
    by : str or list of str
        One or several columns. Also ``region`` and ``tag`` (one group per value that an image
        has), ``age`` (bands by ``created_at``), ``month`` (of ``created_at``, ``YYYY-MM`` in
        UTC), and with the columns of ``link_images`` ``source`` and ``used`` (yes, no, unknown).
    now : datetime or str, optional
        The moment that ages refer to. Default: when the frame was fetched, or else now.

    Returns
    -------
    frame of the same kind
        One row per group: the key columns, ``images``, ``size_gigabytes`` [GB, known sizes],
        ``share`` (0 to 1, of the whole frame's GB), ``unknown_size`` (images whose size is
        missing, negative or impossible), ``oldest`` and ``newest`` [UTC]; with the columns of
        ``estimate_cost`` also the monthly cost and ``unknown_cost`` (images). By region or tag,
        an image counts under each of its regions or tags; ``allocated_gigabytes`` and
        ``allocated_cost_usd`` divide it evenly over them, so only these add up to the total. If
        nothing in a group is known, its sum is missing. Sorted by size, largest first, then by
        key; groups with a missing key come last.

    Raises
    ------
    ValueError
        ``by`` names a column twice, a list column, or a column of the summary itself.
    TypeError
        ``by`` is not text, or ``now`` is not a moment.
    FrameError
        A required column is missing or contains text, rows of one image contradict each other,
        or several days of a history would be summed.

    See Also
    --------
    totals : The same figures for the whole frame.
    estimate_cost : Add the cost columns.

    Notes
    -----
    A public image that several accounts list is one image, of the largest size that they state,
    unless ``account`` is in ``by``. By tag, images without tags have a missing key; images whose
    tags could not be read are ``(unknown)``. An age band excludes its lower bound, as
    ``Select(older_than=90)`` does: an image that is exactly 90 days old is in ``30–90 d``.

    Lazy frames (DuckDB, PySpark, Polars' LazyFrame) are not collected, so contradicting rows of
    one image raise no error there: the largest size and cost count. Images without an id count
    as one image there if account and name are equal. Sums are exact to a billionth.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.example()
    >>> imagedf.summarize(frame, ["type", "status"])[["type", "images", "size_gigabytes"]]
           type  images  size_gigabytes
    0  snapshot       5           11.72
    1    custom       1            2.34
    """
    keys = keys_of(by)
    present = rows_of(frame).collect_schema().names()
    check_keys(keys, present)
    require_dated(frame, keys)
    cost = cost_column(present)
    parts = [key for key in PARTS if key in keys]
    plain = [key for key in keys if key not in {"age", "month", *parts}]
    rows = image_rows_on(frame, [*plain, *_measures(cost)], parts)
    rows = with_times(rows, keys, as_of(frame, now))
    groups = add_up(rows, keys, cost, allocated=bool(parts))
    total = nw.col(allocated_name(SIZE) if parts else SIZE).sum().round(DIGITS)
    return _sorted(_with_share(groups, total, keys, cost), keys).to_native()  # type: ignore[no-any-return] # same kind


def totals(frame: IntoFrameT) -> IntoFrameT:
    """Return the totals of a frame, counting each image once.

    Parameters
    ----------
    frame : pandas, Polars, PyArrow, DuckDB or PySpark frame
        As for ``summarize``; one day of a history.

    Returns
    -------
    frame of the same kind
        One row: ``images``, ``size_gigabytes`` [GB, known sizes], ``share`` (of the frame, so
        1), ``unknown_size`` (images), ``oldest`` and ``newest`` [UTC]; with the columns of
        ``estimate_cost`` also the monthly cost and ``unknown_cost`` (images). If nothing is
        known, the sum is missing; a sum over no images is 0.

    Raises
    ------
    FrameError
        As for ``summarize``.

    See Also
    --------
    summarize : The same figures by group.
    total_size : Only the size.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.example()
    >>> imagedf.totals(frame)[["images", "size_gigabytes", "unknown_size"]]
       images  size_gigabytes  unknown_size
    0       6           14.06             0
    """
    require_dated(frame, [])
    cost = cost_column(rows_of(frame).collect_schema().names())
    sums = add_up(image_rows_on(frame, _measures(cost), []), [], cost)
    return _with_share(sums, nw.col(SIZE), [], cost).to_native()  # type: ignore[no-any-return] # same kind


def total_size(frame: IntoFrame) -> float:
    """Return the total size in GB, counting each image once.

    Parameters
    ----------
    frame : pandas, Polars, PyArrow, DuckDB or PySpark frame
        As for ``totals``. A lazy frame is computed.

    Returns
    -------
    float
        The size [GB], as reported by DigitalOcean. Unknown sizes add nothing; NaN if there are
        images but no known size.

    Raises
    ------
    FrameError
        As for ``summarize``.

    See Also
    --------
    totals : Also the number of images and of unknown sizes.

    Examples
    --------
    >>> import imagedf
    >>> round(imagedf.total_size(imagedf.example()), 2)
    14.06
    """
    rows = nw.from_native(totals(frame)).select(SIZE)
    size = (rows.collect() if isinstance(rows, nw.LazyFrame) else rows)[SIZE][0]
    return float("nan") if size is None else float(size)


def _measures(cost: str | None) -> list[str]:
    return [SIZE, "created_at", *([cost] if cost else [])]


def _with_share(groups: Any, total: Any, keys: Sequence[str], cost: str | None) -> Any:
    """Add the share of the total, and order the columns as documented."""
    share = nw.when(total > 0).then(nw.col(SIZE) / total)
    costs = {"unknown_cost": nw.col(f"_unknown_{cost}")} if cost else {}
    groups = groups.with_columns(share=share, unknown_size=nw.col(f"_unknown_{SIZE}"), **costs)
    ordered = [*keys, "images", SIZE, "share", "unknown_size", "oldest", "newest"]
    ordered += [cost, "unknown_cost"] if cost else []
    ordered += [allocated_name(name) for name in (SIZE, cost) if name]
    present = groups.collect_schema().names()
    return groups.select(*(name for name in ordered if name in present))


def _sorted(groups: Any, keys: Sequence[str]) -> Any:
    """Sort groups by size, largest first, then by key; those with a missing key last."""
    missing = nw.any_horizontal(*(nw.col(key).is_null() for key in keys), ignore_nulls=False)
    ranked = groups.with_columns(_missing=missing.cast(nw.Int8), _size=nw.col(SIZE).round(6))
    order = ["_missing", "_size", *keys]
    descending = [False, True, *(False for _ in keys)]
    ranked = ranked.sort(*order, descending=descending, nulls_last=True).drop("_missing", "_size")
    return nw.maybe_reset_index(ranked)
