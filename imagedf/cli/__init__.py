"""The command line: options in, the library called, data out."""

from imagedf.cli._main import main

__all__ = [
    "main",
]
