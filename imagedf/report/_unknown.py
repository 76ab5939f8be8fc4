"""Notes on what is not known, below the tables concerned and at the end of the report."""

from __future__ import annotations

from imagedf._text import counted, in_cents, isolated
from imagedf.cost import NOT_INCLUDED
from imagedf.report._inputs import Facts
from imagedf.report._money import EXCLUDED

_REASONS = 8
_OWN = {"private"}
"""The filter that leaves out none of your own images."""


def unknown(facts: Facts) -> tuple[str, ...]:
    """Return what the numbers leave out, most important first."""
    return (
        *_unlisted(facts),
        *unpriced(facts),
        *_unmeasured(facts),
        *([facts.unjudged] if facts.unjudged else []),
        *facts.unread,
        f"Not included: {NOT_INCLUDED if facts.bill is None else EXCLUDED}.",
    )


def _unlisted(facts: Facts) -> list[str]:
    proof = facts.certificate
    if proof is None:
        return ["Whether images are missing: the frame has no certificate."]
    notes = []
    for entry in proof.accounts:
        name = isolated(entry.account)
        if entry.complete is False:
            reason = isolated(entry.error or "its listing is not complete")
            notes.append(f"Images of {name} are missing: {reason}.")
        if set(entry.filters) - _OWN:
            sent = ", ".join(f"{key}={value}" for key, value in sorted(entry.filters.items()))
            notes.append(f"For {name}, only images with {isolated(sent)} were listed.")
    if facts.coverage is not None and facts.coverage.scope == "part":
        notes.append(f"The frame contains {facts.coverage}; the others are not in this report.")
    return notes


def unpriced(facts: Facts) -> list[str]:
    """Return the number of images with unknown cost, and the reasons."""
    spending = facts.spending
    if not spending.unknown:
        return []
    notes = facts.images.loc[facts.images[facts.cost].isna(), "cost_note"]
    counts = notes.fillna("no reason given").value_counts().to_dict()
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
    reasons = [f"{isolated(str(reason))} ({count:,})" for reason, count in ranked[:_REASONS]]
    if len(ranked) > _REASONS:
        reasons.append(f"and {len(ranked) - _REASONS:,} more reasons")
    images = f"{counted(spending.unknown, 'image')} ({in_cents(spending.unknown_gigabytes)} GB)"
    return [f"The cost of {images}: {'; '.join(reasons)}."]


def _unmeasured(facts: Facts) -> list[str]:
    unsized = int(facts.total["unknown_size"])
    undated = int(facts.images["created_at"].isna().sum())
    owners = int(facts.images["public"].isna().sum())
    notes = []
    if unsized:
        verb = "has no size and adds" if unsized == 1 else "have no size and add"
        notes.append(f"{counted(unsized, 'image')} {verb} nothing to the totals.")
    if undated:
        verb = "has" if undated == 1 else "have"
        images = counted(undated, "image")
        notes.append(f"{images} {verb} no creation date, so age rules don't apply.")
    if owners:
        verb, them = ("isn't", "it") if owners == 1 else ("aren't", "them")
        images = counted(owners, "image")
        notes.append(f"{images} {verb} marked public or private, so no rule selects {them}.")
    return notes


def not_in_sums(facts: Facts) -> list[str]:
    """Return a note below sums of images: how many have no known size or cost."""
    missing = {"size": int(facts.total["unknown_size"]), "cost": facts.spending.unknown}
    parts = [
        f"the {what} of {counted(images, 'image')}" for what, images in missing.items() if images
    ]
    return [f"Unknown, so not in these sums: {' and '.join(parts)}."] if parts else []
