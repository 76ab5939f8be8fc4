"""Decompress response bodies as they arrive, up to a limit, and check that they are complete.

requests decompresses too, but accepts a compressed body that ends early as complete.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class BodyError(Exception):
    """A body that can't be used; the request is repeated. Never leaves the package."""


class TooLargeError(Exception):
    """A body beyond the limit. Never leaves the package."""


class _Inflater:
    """Decompresses gzip (of one or several members) or deflate."""

    def __init__(self, *, gzip: bool) -> None:
        self._bits = _GZIP if gzip else _ZLIB
        self._inflater = zlib.decompressobj(self._bits)
        self._begun = False

    def add(self, data: bytes, most: int) -> bytes:
        """Decompress only little more than ``most`` bytes, so that a bomb is never unpacked."""
        if not self._begun and self._bits == _ZLIB and data and (data[0] & 0x0F) != zlib.DEFLATED:
            self._inflater = zlib.decompressobj(_RAW)  # some servers send raw deflate
        self._begun = self._begun or bool(data)
        parts = []
        while data:
            if self._inflater.eof:
                self._inflater = zlib.decompressobj(self._bits)
            parts.append(self._inflater.decompress(data, most + 1))
            data = b"" if self._inflater.unconsumed_tail else self._inflater.unused_data
        return b"".join(parts)

    @property
    def complete(self) -> bool:
        """Whether the compressed data reached its end marker."""
        return self._inflater.eof or not self._begun


def decoded(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes:
    """Return a complete body.

    Raises
    ------
    BodyError
        The body can't be decompressed, or ends early.
    TooLargeError
        It is larger than the limit.
    """
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise BodyError(f"the body has the unknown encoding {encoding[:20]!a}")
    inflater = None if encoding in ("", "identity") else _Inflater(gzip="gzip" in encoding)
    parts, size = [], 0
    for chunk in chunks:
        try:
            part = inflater.add(chunk, limit - size) if inflater else chunk
        except zlib.error as error:
            raise BodyError("the body could not be decompressed") from error
        size += len(part)
        if size > limit:
            raise TooLargeError
        parts.append(part)
    if inflater and not inflater.complete:
        raise BodyError("the compressed body was cut short")
    return b"".join(parts)
