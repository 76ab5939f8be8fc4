"""Total the effect of each rule, and the deletion candidates in each series."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from imagedf.cost import cost_of
from imagedf.savings._inventory import Mask
from imagedf.savings._judge import NOT_KNOWN_AS_PRIVATE, NOT_OF_A_KIND, TO_REVIEW
from imagedf.savings._parts import part_of
from imagedf.savings._policy import Policy
from imagedf.savings._savings import savings_column
from imagedf.summary import known_sizes


def totals_by_rule(found: pd.DataFrame, asked: dict[str, Any] | None) -> pd.DataFrame:
    """Return the totals of each rule's own effect, also of rules of the policy without effect."""
    cost, deletable = cost_of(found), found["deletable"].to_numpy(dtype=bool)
    impossible = found["not_deletable"].isin([NOT_OF_A_KIND, NOT_KNOWN_AS_PRIVATE])
    candidates = (found["selected_by"].notna() & ~impossible).to_numpy(dtype=bool)
    selecting, keeping = _labels(found, asked)
    rows = [
        *_effects(found, deletable, "selects", selecting, cost),
        *_effects(found, candidates, "keeps", keeping, cost),
    ]
    return pd.DataFrame(
        rows,
        columns=["rule", "effect", "matched", "images", "size_gigabytes", cost, "unknown_cost"],
    ).astype({"rule": "str", "effect": "str", "size_gigabytes": "float64", cost: "float64"})


def _labels(found: pd.DataFrame, asked: dict[str, Any] | None) -> tuple[list[str], list[str]]:
    """Return the rules of the policy, even those without effect, and other reasons for keeping."""
    policy = Policy.from_dict(asked) if asked else Policy()
    selecting = [rule.label for rule in policy.select]
    keeping = [part.label for rule in policy.keep for part in rule.parts]
    return (
        list(dict.fromkeys([*selecting, *_split(found["selected_by"]).unique()])),
        list(dict.fromkeys([*keeping, *_split(found["kept_by"]).unique()])),
    )


def _split(labels: pd.Series[Any]) -> pd.Series[Any]:
    return labels.dropna().str.split("; ").explode()


def _effects(
    found: pd.DataFrame, counted_in: Mask, effect: str, labels: list[str], cost: str
) -> list[list[Any]]:
    split = _split(found["selected_by" if effect == "selects" else "kept_by"])
    rows = []
    for label in labels:
        matched = split.index[split == label]
        part = part_of(found.loc[matched[counted_in[matched]]], cost)
        monthly = None if part.monthly_cost is None else float(part.monthly_cost)
        amounts = [part.images, part.size_gigabytes, monthly, part.unknown_cost]
        rows.append([label, effect, len(matched), *amounts])
    return rows


def totals_by_series(found: pd.DataFrame) -> pd.DataFrame:
    """Return the totals of each series; an amount unknown for all of its images is missing."""
    cost, deletable = cost_of(found), found["deletable"].to_numpy(dtype=bool)
    keys = ["account", "type", "series"]
    saved, remaining = savings_column(cost), f"remaining_{cost}"
    sizes = known_sizes(found["size_gigabytes"])
    values = found[keys].assign(
        images=1,
        deletable=deletable.astype("int64"),
        review=(found["not_deletable"] == TO_REVIEW).to_numpy(dtype="int64"),
        deletable_gigabytes=np.where(deletable, sizes, np.nan),
        remaining_gigabytes=np.where(deletable, np.nan, sizes),
        newest=found["created_at"],
    )
    values[saved], values[remaining] = found[cost].where(deletable), found[cost].where(~deletable)
    grouped = values.groupby(keys, dropna=False)
    result = grouped[["images", "deletable", "review"]].sum()
    amounts = ["deletable_gigabytes", "remaining_gigabytes", saved, remaining]
    sums = grouped[amounts].sum(min_count=1).round(9)
    counted_in = [result["deletable"], result["images"] - result["deletable"]] * 2
    for name, count in zip(amounts, counted_in, strict=True):
        # The sum of nothing is 0; the sum of amounts of which none is known is missing.
        result[name] = sums[name].where(count > 0, 0.0)
    result["newest"] = grouped["newest"].max()
    ordered = result.reset_index().sort_values(
        [saved, "deletable", *keys], ascending=[False, False, True, True, True]
    )
    return ordered.reset_index(drop=True)
