"""Rules of what can be deleted, and what is protected from them."""

from imagedf.savings import (
    BeyondNewest,
    GrandfatherFatherSon,
    Largest,
    OlderThan,
    Protect,
    Rule,
    StatusNot,
    Untagged,
)

__all__ = [
    "BeyondNewest",
    "GrandfatherFatherSon",
    "Largest",
    "OlderThan",
    "Protect",
    "Rule",
    "StatusNot",
    "Untagged",
]
