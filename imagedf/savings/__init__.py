"""Find images that can be deleted, and why; nothing is ever deleted."""

from imagedf.savings._policy import DEFAULT, Keep, Policy, Select
from imagedf.savings._policyfile import load_policy
from imagedf.savings._savings import find_savings, savings_column
from imagedf.savings._series import series_of
from imagedf.savings._summary import Part, SavingsSummary, savings_summary

__all__ = [
    "DEFAULT",
    "Keep",
    "Part",
    "Policy",
    "SavingsSummary",
    "Select",
    "find_savings",
    "load_policy",
    "savings_column",
    "savings_summary",
    "series_of",
]
