"""Arrow helpers that import no pandas, unlike ``pa.array`` and ``pa.scalar`` of numpy values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imagedf.errors import PageError
from imagedf.schema import TEXT

Int64s = np.ndarray[Any, np.dtype[np.int64]]
MEMORY = (
    pa.jemalloc_memory_pool()
    if "jemalloc" in pa.supported_memory_backends()
    else pa.system_memory_pool()
)
"""Arrow's default allocator returns memory between groups of pages, only to fault it in again."""


@contextmanager
def bounded() -> Iterator[None]:
    """Translate Arrow's limit of 2 GB of text per list column into a ``PageError``."""
    try:
        yield
    except (pa.ArrowException, OverflowError) as error:
        message = f"the objects have more text than can be read at once ({error!s:.200})"
        raise PageError(message) from error


def int64_array(
    values: Int64s,
    valid: np.ndarray[Any, np.dtype[np.bool_]] | None = None,
) -> pa.Array:
    """Wrap numpy integers for Arrow."""
    mask = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(pa.int64(), len(values), [mask, pa.py_buffer(values)])


def taken(values: Any, positions: pa.Array) -> Any:
    """Return the values, or the rows of a table, at positions known to exist."""
    return pc.take(values, positions, boundscheck=False, memory_pool=MEMORY)


def numbers(integers: pa.Array) -> Int64s:
    """Copy integers without nulls; ``to_numpy`` would import pandas."""
    return np.from_dlpack(integers).astype(np.int64)


def text_array(texts: list[str]) -> pa.Array:
    """Return texts as an Arrow array."""
    encoded = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(TEXT, len(texts), buffers)
