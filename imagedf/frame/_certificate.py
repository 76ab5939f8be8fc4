"""Read the certificate that a frame carries in its ``attrs``: nothing else parses it."""

from __future__ import annotations

from typing import Any

from imagedf._certificates import ATTRS_KEY, Certificate
from imagedf.errors import FrameError


def certificate_of(frame: Any) -> Certificate | None:
    """Return the certificate of a frame, or None where it carries none."""
    value = (getattr(frame, "attrs", None) or {}).get(ATTRS_KEY)
    try:
        return None if value is None else Certificate.from_dict(value)
    except (TypeError, ValueError, AttributeError) as error:
        raise FrameError(
            f'attrs["{ATTRS_KEY}"] of the frame is not a certificate this imagedf can read: {error}'
        ) from error
