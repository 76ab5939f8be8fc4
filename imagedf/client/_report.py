"""Errors and warnings about incomplete or doubtful listings."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from imagedf._certificates import AccountCertificate, Certificate
from imagedf._text import counted
from imagedf.errors import IncompleteListingError, IncompleteListingWarning

if TYPE_CHECKING:
    import pandas as pd


def incomplete_message(certificate: Certificate) -> str:
    """Describe each incomplete listing."""
    parts = [_shortfall(entry) for entry in certificate.accounts if entry.complete is False]
    return (
        f"the listing is incomplete. {'. '.join(parts)}. Fetch again: images may have been "
        "created or deleted in the meantime. on_incomplete='warn' returns what was received"
    )


def _shortfall(entry: AccountCertificate) -> str:
    of_images = entry.endpoint == "images"
    name = entry.account if of_images else f"{entry.account}, {entry.endpoint}"
    received = counted(entry.images, "image" if of_images else "object")
    known = [_stated(entry), entry.error] if entry.error else [_stated(entry)]
    return f"{name}: received {received} in {counted(entry.pages, 'page')}; {'; '.join(known)}"


def _stated(entry: AccountCertificate) -> str:
    first, last = entry.total_first, entry.total_last
    if first is None or last is None or first == last:
        total = last if first is None else first
        return "no total was stated" if total is None else f"the stated total is {total:,}"
    return f"the stated total is {first:,} on the first page and {last:,} on the last"


def report_incomplete(frame: pd.DataFrame, certificate: Certificate, *, partial: bool) -> None:
    """Raise for an incomplete listing, or warn if a partial one is wanted."""
    message = incomplete_message(certificate)
    if not partial:
        raise IncompleteListingError(message, frame=frame, certificate=certificate)
    warnings.warn(message, IncompleteListingWarning, stacklevel=3)


def warn_of_doubts(certificate: Certificate) -> None:
    """Warn about filters that were ignored and images that two accounts share."""
    for entry in certificate.accounts:
        if entry.filter_mismatches:
            warnings.warn(
                f"{entry.account}: {counted(entry.filter_mismatches, 'image')} outside the "
                f"filters sent ({dict(entry.filters)}); the server seems to ignore them",
                UserWarning,
                stacklevel=3,
            )
    for note in certificate.notes:
        warnings.warn(note, UserWarning, stacklevel=3)
