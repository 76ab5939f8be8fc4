"""Read the certificate that a frame carries in its ``attrs``: nothing else parses it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from imagedf._certificates import ATTRS_KEY, Certificate
from imagedf.errors import FrameError
from imagedf.frame._identity import require


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
        Frozen; per account the pages, images and totals, and whether the listing is complete.

    Raises
    ------
    FrameError
        The frame carries no certificate.

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
    require(frame)
    found = certificate_of(frame)
    if found is None:
        raise FrameError(
            "the frame carries no certificate; pandas' concat and merge drop it: copy "
            f'attrs["{ATTRS_KEY}"] of the frame that fetch_images or read_images returned'
        )
    return found


def certificate_of(frame: Any) -> Certificate | None:
    """Return the certificate of a frame, or None where it carries none."""
    value = (getattr(frame, "attrs", None) or {}).get(ATTRS_KEY)
    try:
        return None if value is None else Certificate.from_dict(value)
    except (TypeError, ValueError, AttributeError) as error:
        raise FrameError(
            f'attrs["{ATTRS_KEY}"] of the frame is not a certificate this imagedf can read: {error}'
        ) from error
