"""Find images that could go, say why, and what that would save; nothing is ever deleted."""

from imagedf.savings._inventory import family_of
from imagedf.savings._rules import (
    DEFAULT,
    BeyondNewest,
    GrandfatherFatherSon,
    Largest,
    OlderThan,
    Protect,
    Rule,
    StatusNot,
    Untagged,
)
from imagedf.savings._rulesfile import load_rules
from imagedf.savings._savings import Savings, find_savings, simulate_savings
from imagedf.savings._series import series_of

__all__ = [
    "DEFAULT",
    "BeyondNewest",
    "GrandfatherFatherSon",
    "Largest",
    "OlderThan",
    "Protect",
    "Rule",
    "Savings",
    "StatusNot",
    "Untagged",
    "family_of",
    "find_savings",
    "load_rules",
    "series_of",
    "simulate_savings",
]
