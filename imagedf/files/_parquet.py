"""``to_parquet`` and ``read_parquet``: a typed file of either layout, with its certificate."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, overload

from imagedf.files._atomic import Target, check_suffix
from imagedf.files._objects import is_object
from imagedf.files._storage import Compression, read_table, write_table
from imagedf.files._tables import plain_table, table_frame, to_table

if TYPE_CHECKING:
    import pandas as pd


@overload
def to_parquet(
    frame: pd.DataFrame, path: os.PathLike[str], *, compression: Compression = "snappy"
) -> Path: ...
@overload
def to_parquet(
    frame: pd.DataFrame, path: str, *, compression: Compression = "snappy"
) -> Path | str: ...
def to_parquet(
    frame: pd.DataFrame, path: Target, *, compression: Compression = "snappy"
) -> Path | str:
    """Write a frame of either layout to one typed Parquet file.

    Parameters
    ----------
    frame : pandas.DataFrame
        Either layout, with all documented columns. Additional columns, such as those of
        ``estimate_cost``, are written with their own Arrow type.
    path : path-like
        The file, replaced atomically, or ``s3://bucket/key``, written in one put. The endpoint
        and keys of object storage are read from ``AWS_ENDPOINT_URL``, ``AWS_ACCESS_KEY_ID`` and
        ``AWS_SECRET_ACCESS_KEY``.
    compression : {"snappy", "zstd", "gzip", "brotli", "lz4", "none"}
        All readers support snappy; zstd is smaller.

    Returns
    -------
    pathlib.Path or str
        The path of the file; a str for object storage.

    Raises
    ------
    ValueError
        The suffix is that of another format, the target contains keys, or ``compression`` is
        not supported.
    FrameError
        Documented columns are missing or contain values that their type can't represent, or rows
        of one image differ.
    ImagedfError
        The file can't be written; the old file is unchanged.

    See Also
    --------
    read_parquet : Read such a file.
    export_star : Write tables of scalars for BI tools.

    Notes
    -----
    Each page has a checksum, and the footer has a digest of schema and certificate;
    ``read_parquet`` verifies both. DuckDB and Polars read the file but don't verify it.

    Examples
    --------
    >>> import imagedf, tempfile, pathlib
    >>> frame = imagedf.example()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = imagedf.to_parquet(frame, pathlib.Path(folder) / "images.parquet")
    ...     imagedf.read_parquet(path).equals(frame)
    True
    """
    from imagedf.frame import require_agreement

    check_suffix(path, ".parquet", ".pq")
    table = to_table(frame)
    require_agreement(frame)
    write_table(table, path, compression=compression)
    return str(path) if is_object(path) else Path(path)


def read_parquet(path: Target) -> pd.DataFrame:
    """Read a Parquet file written by ``to_parquet`` into an identical frame.

    Parameters
    ----------
    path : path-like
        A file written by ``to_parquet`` or ``imagedf fetch -o``, or ``s3://bucket/key``.

    Returns
    -------
    pandas.DataFrame
        The same layout, rows and certificate; documented columns have their dtypes, additional
        columns the pandas dtype of their Arrow type.

    Raises
    ------
    ImagedfError
        The file can't be read, is damaged, is not a Parquet file, or has a later layout.
    FrameError
        The file is Parquet but contains no images.

    See Also
    --------
    to_parquet : Write such a file.

    Examples
    --------
    >>> import imagedf, tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = imagedf.to_parquet(imagedf.example(), pathlib.Path(folder) / "images.parquet")
    ...     len(imagedf.read_parquet(path))
    10
    """
    return table_frame(read_table(path), os.fspath(path)[:500])


def write_plain(frame: pd.DataFrame, path: Target) -> Path:
    """Write a frame that doesn't contain images, such as a summary, with plain types only."""
    write_table(plain_table(frame).combine_chunks(), path)
    return Path(path)
