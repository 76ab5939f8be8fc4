"""Find deletion candidates, with reasons; nothing is ever deleted."""

from imagedf.savings._parts import Part
from imagedf.savings._plan import Plan, load_plan, save_plan
from imagedf.savings._policy import DEFAULT, Policy
from imagedf.savings._policyfile import load_policy
from imagedf.savings._rules import Keep, Select
from imagedf.savings._savings import find_savings, savings_column
from imagedf.savings._series import series_of
from imagedf.savings._summary import SavingsSummary, savings_summary
from imagedf.savings._verify import Verification, verify_plan

__all__ = [
    "DEFAULT",
    "Keep",
    "Part",
    "Plan",
    "Policy",
    "SavingsSummary",
    "Select",
    "Verification",
    "find_savings",
    "load_plan",
    "load_policy",
    "save_plan",
    "savings_column",
    "savings_summary",
    "series_of",
    "verify_plan",
]
