"""Numbers in sentences, for messages, captions and the report."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Count something in words.

    Examples
    --------
    >>> counted(1, "image"), counted(1034, "image")
    ('1 image', '1,034 images')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
