"""Whether a frame still is the whole listing that its certificate vouches for."""

from __future__ import annotations

import pandas as pd

from imagedf._certificates import Certificate
from imagedf.errors import FrameError, IncompleteListingError
from imagedf.frame._frame import certificate
from imagedf.frame._identity import first_rows, image_codes, require
from imagedf.schema import IDENTITY


def whole(frame: pd.DataFrame) -> Certificate:
    """Return the certificate of a frame that holds all images of each of its accounts.

    A missing image would look deleted in a history or a diff, so rows that were taken out
    after the fetch are found by counting.

    Raises
    ------
    IncompleteListingError
        The certificate says that the listing is not complete.
    FrameError
        There is no certificate, or the rows are not those that it vouches for.
    TypeError
        It is no pandas frame.
    """
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(f"a pandas frame of images is needed, not {frame!r:.60}")
    proof = certificate(frame)
    require(frame, IDENTITY)
    if not proof.complete:
        names = ", ".join(entry.account for entry in proof.accounts if not entry.complete)
        raise IncompleteListingError(
            f"the listing of {names} is not complete, and missing images would look deleted; "
            "fetch it again",
            frame=frame,
            certificate=proof,
        )
    held = frame["account"].take(first_rows(image_codes(frame))).value_counts(dropna=False)
    counted = {account: int(count) for account, count in held.items()}
    for entry in proof.accounts:
        images = counted.pop(entry.account, 0)
        if images != entry.images:
            raise FrameError(
                f"the frame holds {images:,} different images of {entry.account}, but its "
                f"certificate vouches for {entry.images:,}; pass the frame as it was fetched, "
                "with all its rows"
            )
    if counted:
        names = ", ".join(str(account) for account in counted)
        raise FrameError(
            f"the certificate does not name the accounts {names}; fetch all accounts together"
        )
    return proof
