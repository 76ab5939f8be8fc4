"""Summaries by name: the groups that are asked for most.

Each is ``summarize`` with one key, on any frame that it takes.
"""

from __future__ import annotations

from datetime import datetime

from imagedf.summary._summarize import Frame, summarize


def by_distribution(frame: Frame) -> Frame:
    """Add images up by distribution, each image once.

    Parameters
    ----------
    frame : pandas, Polars, PyArrow, DuckDB or PySpark frame
        Either grain; see ``summarize``.

    Returns
    -------
    frame of the same kind
        One row per distribution, with the columns of ``summarize``.

    Raises
    ------
    FrameError
        A needed column is missing.

    See Also
    --------
    summarize : By any column, or by several.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> imagedf.by_distribution(frame)[["distribution", "images", "size_gigabytes"]]
      distribution  images  size_gigabytes
    0       Ubuntu       3            7.04
    1   Arch Linux       1            2.34
    2       CentOS       1            2.34
    3       Fedora       1            2.34
    """
    return summarize(frame, "distribution")


def by_type(frame: Frame) -> Frame:
    """Add images up by type, each image once.

    Parameters
    ----------
    frame : pandas, Polars, PyArrow, DuckDB or PySpark frame
        Either grain; see ``summarize``.

    Returns
    -------
    frame of the same kind
        One row per type, with the columns of ``summarize``.

    Raises
    ------
    FrameError
        A needed column is missing.

    See Also
    --------
    summarize : By any column, or by several.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> imagedf.by_type(frame)[["type", "images"]]
           type  images
    0  snapshot       5
    1    custom       1
    """
    return summarize(frame, "type")


def by_status(frame: Frame) -> Frame:
    """Add images up by status, each image once.

    Parameters
    ----------
    frame : pandas, Polars, PyArrow, DuckDB or PySpark frame
        Either grain; see ``summarize``.

    Returns
    -------
    frame of the same kind
        One row per status, with the columns of ``summarize``.

    Raises
    ------
    FrameError
        A needed column is missing.

    See Also
    --------
    summarize : By any column, or by several.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> imagedf.by_status(frame)[["status", "images"]]
          status  images
    0  available       6
    """
    return summarize(frame, "status")


def by_region(frame: Frame) -> Frame:
    """Add images up by region: what is present in it, and what is allocated to it.

    Parameters
    ----------
    frame : pandas, Polars, PyArrow, DuckDB or PySpark frame
        Either grain; see ``summarize``.

    Returns
    -------
    frame of the same kind
        One row per region, with the columns of ``summarize``; an image counts in every region
        that holds it. ``allocated_gigabytes`` [GB] adds up to the total; ``size_gigabytes``
        [GB] does not.

    Raises
    ------
    FrameError
        A needed column is missing.

    See Also
    --------
    summarize : By any column, or by several.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> imagedf.by_region(frame)[["region", "images", "size_gigabytes", "allocated_gigabytes"]]
      region  images  size_gigabytes  allocated_gigabytes
    0   nyc2       5           11.72                 7.03
    1   nyc3       5           11.72                 7.03
    """
    return summarize(frame, "region")


def by_tag(frame: Frame) -> Frame:
    """Add images up by tag: what wears it, and what is allocated to it.

    Parameters
    ----------
    frame : pandas, Polars, PyArrow, DuckDB or PySpark frame
        Either grain; see ``summarize``.

    Returns
    -------
    frame of the same kind
        One row per tag, with the columns of ``summarize``; an image counts under every tag
        that it wears. ``allocated_gigabytes`` [GB] adds up to the total; ``size_gigabytes``
        [GB] does not.

    Raises
    ------
    FrameError
        A needed column is missing.

    See Also
    --------
    summarize : By any column, or by several.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> imagedf.by_tag(frame)[["tag", "images", "allocated_gigabytes"]]
                tag  images  allocated_gigabytes
    0  simple-image       1                 2.34
    1           NaN       5                11.72
    """
    return summarize(frame, "tag")


def by_age(frame: Frame, *, now: datetime | None = None) -> Frame:
    """Add images up by age: <1 d, 1–30, 30–90, 90–365 and >365 d.

    Parameters
    ----------
    frame : pandas, Polars, PyArrow, DuckDB or PySpark frame
        Either grain; see ``summarize``.
    now : datetime, optional
        The moment that ages refer to; default when the frame was fetched, or now.

    Returns
    -------
    frame of the same kind
        One row per age band, with the columns of ``summarize``.

    Raises
    ------
    FrameError
        A needed column is missing.

    See Also
    --------
    summarize : By any column, or by several.

    Examples
    --------
    >>> import imagedf
    >>> from datetime import datetime
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> imagedf.by_age(frame, now=datetime(2020, 6, 1))[["age", "images"]]
          age  images
    0  >365 d       5
    1  1–30 d       1
    """
    return summarize(frame, "age", now=now)
