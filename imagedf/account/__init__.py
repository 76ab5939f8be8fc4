"""Everything that an account stores, what its images are used for, and the proof of it."""

from imagedf.account._account import Account

__all__ = ["Account"]
