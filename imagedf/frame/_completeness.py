"""Compare the images of a frame with those that its certificate counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from imagedf._certificates import ATTRS_KEY, AccountCertificate, Certificate
from imagedf._text import counted
from imagedf.errors import FrameError, IncompleteListingError
from imagedf.frame._certificate import certificate_of, without_attrs
from imagedf.frame._identity import first_rows, image_codes, require
from imagedf.schema import IDENTITY, PUBLIC_TYPES

Scope = Literal["all", "own", "part"]


class Coverage(NamedTuple):
    """How much of its listing a frame contains.

    ``scope`` is ``"all"`` (every listed image), ``"own"`` (all of your own images and no others)
    or ``"part"``. ``complete`` is that of the certificate, and False for a part.
    """

    images: int
    listed: int
    scope: Scope
    complete: bool | None

    def __str__(self) -> str:
        """Return the line for people, such as ``48 of 547 listed images``."""
        if self.scope == "part":
            return f"{self.images:,} of {counted(self.listed, 'listed image')}"
        own = "own " if self.scope == "own" else ""
        if self.complete is None:
            return f"unverified: {counted(self.images, f'{own}image')}, no total to compare with"
        word = "complete" if self.complete else "INCOMPLETE"
        return f"{word}: {counted(self.images, f'{own}image')}"


def certificate(frame: pd.DataFrame) -> Certificate:
    """Return the completeness certificate of a frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        A frame returned by ``fetch_images``, ``read_images``, ``example`` or ``read_parquet``,
        in either layout.

    Returns
    -------
    Certificate
        The pages, images and totals per account, and whether each listing is complete (frozen).
        The certificate of a frame from which images were removed is not complete and begins with
        "48 of 547 listed images".

    Raises
    ------
    FrameError
        The frame has no certificate.

    See Also
    --------
    fetch_images : Fetch a listing with its certificate.
    own_images : Keep only your own images.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.example()
    >>> imagedf.certificate(frame).complete
    True
    """
    found = _carried(frame)
    return replace(found, present=_present(frame))


def _carried(frame: pd.DataFrame) -> Certificate:
    """Return the certificate of the listing that a frame came from."""
    require(frame)
    found = certificate_of(frame)
    if found is None:
        raise FrameError(
            "the frame has no certificate; pandas' concat and merge drop it: copy "
            f'attrs["{ATTRS_KEY}"] from the frame that fetch_images or read_images returned'
        )
    return found


def _present(frame: pd.DataFrame) -> int | None:
    """Return the number of listed images in a frame; None if it has all, or all of your own."""
    if not set(IDENTITY) <= set(frame.columns):
        return None
    covered = coverage(frame)
    if covered is None or covered.scope != "part" or covered.images >= covered.listed:
        return None
    return covered.images


def own_images(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of your own images, without DigitalOcean's public ones.

    Parameters
    ----------
    frame : pandas.DataFrame
        A frame of images in either layout, with ``type`` and ``public``.

    Returns
    -------
    pandas.DataFrame
        The rows whose ``public`` is not true and whose ``type`` is neither ``base`` nor
        ``application`` (DigitalOcean's retired base images have ``public`` false). The index
        counts from 0; the certificate is kept, and the frame is complete with scope "own".

    Raises
    ------
    FrameError
        A required column is missing, or rows of one image differ.

    See Also
    --------
    fetch_images : ``private=True`` requests only these from the API.

    Examples
    --------
    >>> import imagedf
    >>> imagedf.collapse_regions(imagedf.own_images(imagedf.example()))["name"].tolist()[:2]
    ['Nifty New Snapshot', 'Another Snapshot']
    """
    require(frame, ["type", "public"])
    if set(IDENTITY) <= set(frame.columns):
        image_codes(frame)  # raises where two listings were concatenated
    return frame[is_own(frame)].reset_index(drop=True)


def is_own(frame: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return for each row whether the image is your own."""
    public = frame["public"]
    if not pd.api.types.is_bool_dtype(public.dtype):
        public = public.map({True: True, False: False}).astype("boolean")
    known_public = public.fillna(value=False).to_numpy(dtype=bool)
    base = frame["type"].isin(PUBLIC_TYPES).to_numpy(dtype=bool)
    return ~(known_public | base)


def coverage(frame: pd.DataFrame) -> Coverage | None:
    """Return how much of its listing a frame contains, or None without a certificate.

    Raises
    ------
    FrameError
        A column that identifies an image is missing.
    """
    found = certificate_of(frame)
    if found is None:
        return None
    counts, own = _counts(frame)
    entries = [entry for entry in found.accounts if entry.endpoint == "images"]
    scope = _scope(entries, counts, own=own)
    complete = False if scope == "part" else found.complete
    return Coverage(sum(counts.values()), found.images, scope, complete)


def completeness_line(frame: pd.DataFrame) -> str | None:
    """Return one line about completeness; a frame with rows removed never looks complete."""
    covered, found = coverage(frame), certificate_of(frame)
    if covered is None or found is None:
        return None
    if covered.scope == "part":
        return f"{covered}; the listing is {found}"
    return found.line(covered.images if covered.scope == "own" else None)


def _counts(frame: pd.DataFrame) -> tuple[Mapping[Any, int], bool]:
    """Return the number of images per account, and whether all of them are your own."""
    require(frame, IDENTITY)
    frame = without_attrs(frame)
    firsts = first_rows(image_codes(frame))
    per_account = frame["account"].take(firsts).value_counts(dropna=False)
    known = {"type", "public"} <= set(frame.columns)
    own = known and bool(is_own(frame).all())
    return {account: int(count) for account, count in per_account.items()}, own


def _scope(entries: Sequence[AccountCertificate], counts: Mapping[Any, int], *, own: bool) -> Scope:
    names = [entry.account for entry in entries]
    if set(counts) <= set(names):
        present = [counts.get(name, 0) for name in names]
        if present == [entry.images for entry in entries]:
            return "all"
        if own and present == [entry.own_images for entry in entries]:
            return "own"
    return "part"


def require_complete(frame: pd.DataFrame, *, allow_unverified: bool = False) -> Certificate:
    """Return the certificate of a frame that contains all images, or all of your own.

    A missing image would look deleted in a history or a diff, so the rows are counted to detect
    any that were removed after the fetch.

    Raises
    ------
    IncompleteListingError
        The certificate says that the listing is incomplete, or unverified and
        ``allow_unverified`` is false.
    FrameError
        The frame has no certificate, or lacks images that the certificate counts.
    TypeError
        ``frame`` is not a pandas frame.
    """
    found = _carried(frame)
    complete = coverage(frame)
    if found.complete is False or (found.complete is None and not allow_unverified):
        raise _incomplete(frame, found)
    _check_accounts(frame, found)
    if complete is not None and complete.scope == "part":
        raise FrameError(
            f"the frame contains {complete}, and missing images would look deleted; pass the "
            "frame as fetched, or own_images(frame)"
        )
    return found


def _check_accounts(frame: pd.DataFrame, found: Certificate) -> None:
    known = {entry.account for entry in found.accounts}
    others = [str(name) for name in frame["account"].unique() if name not in known]
    if others:
        raise FrameError(
            f"the certificate does not cover the accounts {', '.join(others)}; fetch all accounts "
            "in one call"
        )


def _incomplete(frame: pd.DataFrame, found: Certificate) -> IncompleteListingError:
    wrong = [entry for entry in found.accounts if entry.complete is not True]
    names = ", ".join(entry.account for entry in wrong)
    if found.complete is None:
        what = "is unverified (it states no total); allow_unverified=True accepts it"
    else:
        what = "is incomplete, and missing images would look deleted; fetch it again"
    return IncompleteListingError(f"the listing of {names} {what}", frame=frame, certificate=found)
