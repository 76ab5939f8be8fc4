"""How complete the listing is, what is not known, and how the report was created."""

from __future__ import annotations

import pandas as pd

from imagedf._certificates import UNVOUCHED, AccountCertificate
from imagedf._text import counted, isolated
from imagedf._version import __version__
from imagedf.cost import NOT_INCLUDED
from imagedf.report._inputs import Facts
from imagedf.report._model import Column, Section
from imagedf.report._tables import table, with_some

_SHOWN = 50
_REASONS = 8
_ALWAYS = ("account", "complete", "pages", "images", "proof")
_COUNTED = (
    "Each image counts once, however many regions hold it; account, id and name tell one from "
    "another. A public image stands in the listing of every account and counts in each. GB are "
    "those that DigitalOcean lists."
)


def proof_line(facts: Facts) -> str:
    """Return one line about completeness: a frame with rows removed never looks complete."""
    if facts.certificate is None or facts.coverage is None:
        return UNVOUCHED
    if facts.coverage.scope == "all":
        return str(facts.certificate)
    return f"{facts.coverage}; the listing is {facts.certificate}"


def unknown(facts: Facts) -> tuple[str, ...]:
    """Return what the numbers leave out, the most important first."""
    return (
        *_unlisted(facts),
        *_unpriced(facts),
        *_unmeasured(facts),
        f"Not in an image listing: {NOT_INCLUDED}.",
    )


def _unlisted(facts: Facts) -> list[str]:
    proof = facts.certificate
    if proof is None:
        return ["Whether images are missing: the frame carries no certificate."]
    said = []
    for entry in proof.accounts:
        name = isolated(entry.account)
        if entry.complete is False:
            reason = isolated(entry.error or "its listing is not complete")
            said.append(f"Images of {name} are missing: {reason}.")
        if entry.filters:
            sent = ", ".join(f"{key}={value}" for key, value in sorted(entry.filters.items()))
            said.append(f"Of {name} only the images with {isolated(sent)} were listed.")
    if facts.coverage is not None and facts.coverage.scope == "part":
        said.append(f"The frame contains {facts.coverage}; the others are not in this report.")
    return said


def _unpriced(facts: Facts) -> list[str]:
    spending = facts.spending
    if not spending.unknown:
        return []
    notes = facts.images.loc[facts.images[facts.cost].isna(), "cost_note"]
    counts = notes.fillna("no reason given").value_counts().to_dict()
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
    reasons = [f"{isolated(str(reason))} ({count:,})" for reason, count in ranked[:_REASONS]]
    if len(ranked) > _REASONS:
        reasons.append(f"and {len(ranked) - _REASONS:,} more reasons")
    whose = f"{counted(spending.unknown, 'image')} ({spending.unknown_gigabytes:,.2f} GB)"
    return [f"The cost of {whose}: {'; '.join(reasons)}."]


def _unmeasured(facts: Facts) -> list[str]:
    unsized = int(facts.total["unknown_size"])
    undated = int(facts.images["created_at"].isna().sum())
    owners = int(facts.images["public"].isna().sum())
    said = []
    if unsized:
        they = "it adds" if unsized == 1 else "they add"
        said.append(f"The size of {counted(unsized, 'image')}: {they} nothing to the GB.")
    if undated:
        them = "it" if undated == 1 else "them"
        said.append(f"The age of {counted(undated, 'image')}: no rule calls {them} old.")
    if owners:
        them = "it" if owners == 1 else "them"
        whose = counted(owners, "image")
        said.append(f"Whether public or private, of {whose}: no rule lets {them} go.")
    return said


def section(facts: Facts) -> Section:
    """Return how the report was created, with the certificate per account."""
    proof = facts.certificate
    sentences = [
        f"Made with imagedf {__version__} from answers of GET /v2/images.",
        f"Ages and rates refer to {facts.moment:%Y-%m-%d %H:%M:%S} UTC.",
        _COUNTED,
    ]
    fields = sorted({name for entry in _accounts(facts) for name in entry.unknown_fields})
    if fields:
        sentences.append(f"Fields of the answers that are left out: {isolated(', '.join(fields))}.")
    if proof is None:
        return Section("made", "How this was made", tuple(sentences))
    columns = {
        "account": Column("Account"),
        "complete": Column("Complete", "truth"),
        "pages": Column("Pages", "count"),
        "images": Column("Images", "count"),
        "total_first": Column("Total, first page", "count"),
        "total_last": Column("Total, last page", "count"),
        "proof": Column("Proof"),
        "readings": Column("Readings", "count"),
        "duplicates_dropped": Column("Duplicates dropped", "count"),
        "filter_mismatches": Column("Against the filter", "count"),
        "retries": Column("Retries", "count"),
        "waited_seconds": Column("Waited, s", "seconds"),
        "started": Column("Started, UTC", "moment"),
        "finished": Column("Finished, UTC", "moment"),
    }
    rows = [[getattr(entry, name) for name in columns] for entry in proof.accounts]
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    optional = [name for name in columns if name not in _ALWAYS]
    figures = table(
        "certificate",
        "The certificate, account by account",
        frame,
        with_some(frame, columns, optional),
        limit=_SHOWN,
    )
    return Section("made", "How this was made", tuple(sentences), None, (figures,))


def _accounts(facts: Facts) -> tuple[AccountCertificate, ...]:
    return () if facts.certificate is None else facts.certificate.accounts
