from ._parts import Part
from ._plan import Plan, load_plan, save_plan
from ._policy import DEFAULT, Policy
from ._policyfile import load_policy
from ._rules import Keep, Select
from ._savings import find_savings, savings_column
from ._series import series_of
from ._summary import SavingsSummary, savings_summary
from ._verify import Verification, verify_plan

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
