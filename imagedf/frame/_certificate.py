"""Read the certificate in the ``attrs`` of a frame; no other module parses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagedf._certificates import ATTRS_KEY, Certificate
from imagedf.errors import FrameError

if TYPE_CHECKING:
    import pandas as pd


def certificate_of(frame: Any) -> Certificate | None:
    """Return the certificate of a frame, or None if it has none."""
    value = (getattr(frame, "attrs", None) or {}).get(ATTRS_KEY)
    try:
        return None if value is None else Certificate.from_dict(value)
    except (TypeError, ValueError, AttributeError) as error:
        raise FrameError(
            f'attrs["{ATTRS_KEY}"] of the frame is not a certificate this imagedf can read: {error}'
        ) from error


def without_attrs(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the same columns without ``attrs``, of which pandas makes deep copies at each step."""
    bare = frame.copy(deep=False)
    bare.attrs = {}
    return bare
