"""Compare two policies: what each would delete, and the difference."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from imagedf.account import Account
    from imagedf.savings import Policy

_IMAGE = ["account", "id", "name"]


def policies_of(paths: tuple[str, str]) -> dict[str, Policy]:
    """Read two policies; they are named after their files."""
    from imagedf.savings import load_policy

    names = paths if paths[0] != paths[1] else (f"{paths[0]} (1)", f"{paths[1]} (2)")
    return {name: load_policy(path) for name, path in zip(names, paths, strict=True)}


def comparison(
    find: Callable[[Account, Policy], pd.DataFrame], account: Account, policies: dict[str, Policy]
) -> pd.DataFrame:
    """Return one row per policy, and one per policy for images that only it would delete."""
    import pandas as pd

    found = [find(account, policy) for policy in policies.values()]
    frames = [one.set_index(_IMAGE)["deletable"] for one in found]
    rows = [_row(name, one) for name, one in zip(policies, found, strict=True)]
    for name, one, other in zip(policies, found, frames[::-1], strict=True):
        also = other.reindex(pd.MultiIndex.from_frame(one[_IMAGE])).to_numpy(dtype=bool)
        rows.append(_row(f"only {name}", one.assign(deletable=one["deletable"] & ~also)))
    return pd.DataFrame(rows)


def _row(name: str, found: pd.DataFrame) -> dict[str, Any]:
    from imagedf.savings import savings_summary

    summary = savings_summary(found)
    part, currency = summary.deletable, summary.currency.lower()
    return {
        "policy": name,
        "images": part.images,
        "size_gigabytes": part.size_gigabytes,
        f"monthly_savings_{currency}": _number(part.monthly_cost),
        f"yearly_savings_{currency}": _number(part.yearly_cost),
        "unknown_cost": part.unknown_cost,
    }


def _number(amount: Any) -> float | None:
    return None if amount is None else float(amount)
