"""Your own images, as opposed to DigitalOcean's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from imagedf.pages._arrow import text_array
from imagedf.schema import PUBLIC_TYPES

if TYPE_CHECKING:
    import pyarrow as pa

_THEIRS = pc.SetLookupOptions(text_array(list(PUBLIC_TYPES)))


def count_own(images: pa.Table) -> int:
    """Count the images that are neither public nor of type base or application."""
    return len(images) - sum(int(chunk.true_count) for chunk in _theirs(images).chunks)


def own_rows(images: pa.Table) -> pa.Table:
    """Return only the rows of images that are neither public nor of type base or application."""
    return images.filter(pc.invert(pc.fill_null(_theirs(images), fill_value=False)))


def _theirs(images: pa.Table) -> pa.ChunkedArray:
    """Return whether each image is DigitalOcean's; null if neither field shows it."""
    return pc.or_kleene(images.column("public"), pc.is_in(images.column("type"), options=_THEIRS))
