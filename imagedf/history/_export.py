"""Write the star tables, with the same export id in every footer."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from itertools import chain, groupby
from pathlib import Path
from typing import Any, NamedTuple, overload

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from imagedf._certificates import AccountCertificate, Certificate
from imagedf.account import Account, link_images
from imagedf.cost import PriceBook, with_costs
from imagedf.errors import FrameError, ImagedfError
from imagedf.files import (
    ROW_GROUP,
    footer,
    is_object,
    list_objects,
    make_directory,
    replace,
    sealed,
)
from imagedf.frame import Day, certificate_of, day_of, require
from imagedf.history._account_star import account_tables
from imagedf.history._dayfile import DAY, read_day_file, to_frame
from imagedf.history._layout import list_files, month_of
from imagedf.history._star import read_days, star_tables
from imagedf.schema import IMAGE, STAR, STAR_OF_ACCOUNT

EXPORT_KEY = b"imagedf.export_id"
_NEEDED = tuple(c.name for c in IMAGE if c.name not in ("regions", "region_count"))


_Source = pd.DataFrame | Account | str | os.PathLike[str]


@overload
def export_star(
    frame_or_account_or_history: _Source,
    directory: os.PathLike[str],
    *,
    on: Day | None = None,
    prices: PriceBook | None = None,
) -> Path: ...
@overload
def export_star(
    frame_or_account_or_history: _Source,
    directory: str,
    *,
    on: Day | None = None,
    prices: PriceBook | None = None,
) -> Path | str: ...
def export_star(
    frame_or_account_or_history: _Source,
    directory: str | os.PathLike[str],
    *,
    on: Day | None = None,
    prices: PriceBook | None = None,
) -> Path | str:
    """Write images, their regions and their tags as Parquet tables for BI tools.

    Parameters
    ----------
    frame_or_account_or_history : pandas.DataFrame, Account or path-like
        A frame in either layout, an account, or the directory of a history; of a history, all
        days are written.
    directory : path-like
        A directory, or ``s3://bucket/prefix``, for ``images.parquet``, ``image_regions.parquet``
        and ``image_tags.parquet``, for an account also ``volume_snapshots``, ``droplets`` and
        ``image_uses``; created if missing. All tables are written before the first is moved
        into place.
    on : date, datetime or str, optional
        The ``snapshot_date`` of every row, and the day whose rates apply. Default: the day (UTC)
        of the fetch, or today for saved responses. A frame with a column ``snapshot_date``, or
        a history, keeps its own days.
    prices : PriceBook, optional
        Price all images by this book. Default: the costs that they have, or else the published
        rates.

    Returns
    -------
    pathlib.Path
        The directory, or for object storage the URI as text.

    Raises
    ------
    FrameError
        Documented columns are missing, or ``on`` contradicts ``snapshot_date``.
    HistoryError
        The history can't be read; every file's checksums are verified.
    ImagedfError
        A file can't be written, or the directory contains a table of an earlier export that
        this export does not replace.

    See Also
    --------
    to_parquet : Write one file with list columns, for Python.
    record : Record a day in a history.

    Notes
    -----
    If the token could not read an account completely, tables with unknown content are not
    written: without ``droplet:read``, there are neither ``droplets`` nor ``image_uses``.

    ``image_key`` is ``account|date|id``, followed by ``|2``, ``|3`` in order of name if an id
    repeats; ``%`` and ``|`` in an account's name are written as ``%25`` and ``%7C``. Sum sizes
    [GB] and costs over ``images``; ``allocated_gigabytes`` and ``allocated_cost_usd`` of
    ``image_regions`` add up to the same totals, because an image without regions has one row
    with a null region there. The footer of every table has the certificate (for a history, the
    newest of each account) and the same ``imagedf.export_id``, a digest of the content.

    Examples
    --------
    >>> import imagedf, tempfile
    >>> import pandas as pd
    >>> frame = imagedf.example()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     directory = imagedf.export_star(frame, folder)
    ...     len(pd.read_parquet(f"{directory}/images.parquet"))
    6
    """
    chunks = _chunks(frame_or_account_or_history, on, prices)
    first = next(chunks)
    target = os.fspath(directory)
    if not is_object(target):
        make_directory(target)
    _check_tables(target, first.tables)
    with ExitStack() as stack:
        star = _Star(stack, target, first.tables)
        for chunk in chain([first], chunks):
            star.add(chunk)
        star.finish()
    return target if is_object(target) else Path(target)


class _Chunk(NamedTuple):
    """Rows of each table, and the certificates of their listings."""

    tables: dict[str, pa.Table]
    certificates: list[Certificate]


def _chunks(source: _Source, on: Day | None, prices: PriceBook | None) -> Iterator[_Chunk]:
    if isinstance(source, Account):
        yield _of_account(source, on, prices)
        return
    if not isinstance(source, str | os.PathLike):
        images, found = _priced(source, on, prices)
        yield _Chunk(star_tables(images), [] if found is None else [found])
        return
    if on is not None:
        raise ValueError("a history has its own days; on= applies to a frame only")
    files = list_files(os.fspath(source))
    # At most one month is in memory.
    for month in [list(month) for _, month in groupby(files, key=month_of)] or [[]]:
        read = [read_day_file(file) for file in month]
        images = with_costs(to_frame(table for table, _ in read), prices)
        yield _Chunk(star_tables(images), [certificate for _, certificate in read])


def _of_account(account: Account, on: Day | None, prices: PriceBook | None) -> _Chunk:
    linked = link_images(account)
    images, _ = _priced(linked, on, prices)
    further = account_tables(account, images, prices, day_of(linked, on))
    return _Chunk(star_tables(images) | further, [account.certificate])


def _priced(
    frame: pd.DataFrame, on: Day | None, prices: PriceBook | None
) -> tuple[pd.DataFrame, Certificate | None]:
    """Return one priced row per image with its day, and the certificate."""
    require(frame, _NEEDED)
    if "region" not in frame.columns:
        require(frame, ["regions"])
    dated = DAY in frame.columns
    if dated and on is not None:
        raise FrameError(f"the frame has its own {DAY}; drop that column, or omit on=")
    day, found = day_of(frame, on), certificate_of(frame)
    if dated:
        frame = frame.assign(**{DAY: read_days(frame[DAY])})
    images = with_costs(frame, prices, day)
    images.attrs = {}
    if not dated:
        images[DAY] = pd.Series([day] * len(images), index=images.index, dtype="datetime64[us]")
    return images, found


def _check_tables(target: str, tables: Collection[str]) -> None:
    """Raise if there is a table of an earlier export that this export does not replace."""
    names = list_objects(target) if is_object(target) else [*map(str, Path(target).iterdir())]
    there = {name.rpartition("/")[2] for name in names}
    left = [name for name in (*STAR, *STAR_OF_ACCOUNT) if name not in tables]
    left = [name for name in left if f"{name}.parquet" in there]
    if left:
        raise ImagedfError(
            f"{target} contains {left[0]}.parquet from an earlier export, which this export does "
            "not replace; move it away, or export to another directory"
        )


class _Star:
    """The files of one export; at its end, either all of them appear or none."""

    def __init__(self, stack: ExitStack, target: str, tables: Mapping[str, pa.Table]) -> None:
        self._newest: dict[tuple[str, str], AccountCertificate] = {}
        self._source = "history"
        self._sinks: list[_Hashed] = []
        self._rows = dict.fromkeys(tables, 0)
        self._writers: dict[str, pq.ParquetWriter] = {}
        for name, table in tables.items():
            temporary = stack.enter_context(replace(_place(target, name)))
            sink = stack.enter_context(_Hashed(temporary))
            self._sinks.append(sink)
            self._writers[name] = _writer(sink, table.schema)
            stack.callback(self._writers[name].close)

    def add(self, chunk: _Chunk) -> None:
        """Write the rows of a chunk."""
        for name, table in chunk.tables.items():
            self._writers[name].write_table(table, row_group_size=ROW_GROUP)
            self._rows[name] += len(table)
        for certificate in chunk.certificates:
            self._source = certificate.source
            self._newest |= {
                (entry.account, entry.endpoint): entry for entry in certificate.accounts
            }

    def finish(self) -> None:
        """Write the footers, which contain the digest of all rows."""
        digest = hashlib.sha256(b"".join(sink.digest.digest() for sink in self._sinks))
        certificate = None
        if self._newest:
            entries = tuple(self._newest[key] for key in sorted(self._newest))
            certificate = Certificate(entries, self._source).to_dict()
        for name, writer in self._writers.items():
            notes = footer(writer.schema, certificate, whole="Int64")
            notes |= {EXPORT_KEY: digest.hexdigest()[:32].encode()}
            writer.add_key_value_metadata(sealed(notes, writer.schema, self._rows[name]))
            writer.close()
        for sink in self._sinks:
            sink.close()


def _place(target: str, name: str) -> str:
    return os.path.join(target, f"{name}.parquet")  # noqa: PTH118 # may be s3://


def _writer(sink: _Hashed, schema: pa.Schema) -> pq.ParquetWriter:
    # With a stored Arrow schema, pandas would not see the footer, which is written at the end.
    return pq.ParquetWriter(
        sink,
        schema,
        compression="snappy",
        data_page_version="1.0",
        write_page_checksum=True,
        store_schema=False,
    )


class _Hashed(io.RawIOBase):
    """A file that computes a digest of everything written to it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self.digest = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.digest.update(data)
        return self._file.write(data)

    def close(self) -> None:
        self._file.close()
        super().close()
