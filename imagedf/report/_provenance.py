"""The completeness of the listing, and how the report was created."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from imagedf._certificates import AccountCertificate
from imagedf._text import counted, isolated, sentence
from imagedf._version import __version__
from imagedf.report._inputs import Facts
from imagedf.report._model import Column, Section, Table
from imagedf.report._tables import table, with_some

_SHOWN = 50
_COLUMNS = {
    "account": Column("Account"),
    "complete": Column("Complete", "truth"),
    "pages": Column("Pages", "count"),
    "images": Column("Images", "count"),
    "total_first": Column("Total, first page", "count"),
    "total_last": Column("Total, last page", "count"),
    "proof": Column("Proof"),
    "readings": Column("Readings", "count"),
    "duplicates_dropped": Column("Duplicates dropped", "count"),
    "filter_mismatches": Column("Filter mismatches", "count"),
    "retries": Column("Retries", "count"),
    "waited_seconds": Column("Waited, s", "seconds"),
    "started": Column("Started, UTC", "moment"),
    "finished": Column("Finished, UTC", "moment"),
}
_ALWAYS = ("account", "complete", "pages", "images", "proof")
_COUNTED = (
    "Each image counts once, regardless of how many regions it is in; account, id and name "
    "identify it. Sizes are in GB as reported by DigitalOcean."
)
_PROOF = (
    'Readings: how many times the listing was read. Proof: how it was proven complete; "read '
    'twice" means that two successive readings agree, "totals" that as many images were '
    'received as DigitalOcean states, "one page" that a single response contains everything.'
)


def proof_line(facts: Facts) -> str:
    """Return the first line: whose images are counted, and whether they are complete.

    A frame with rows removed begins with how much of the listing it contains.
    """
    if facts.coverage is not None and facts.coverage.scope == "part":
        return sentence(f"{facts.completeness}. {_scope(facts)}.")
    return f"{_scope(facts)}. {sentence(facts.completeness)}."


def _scope(facts: Facts) -> str:
    whose = {"own": "own image", "public": "public image"}.get(facts.scope, "image")
    names = facts.images["account"].dropna().unique()
    text = f"{counted(int(facts.total['images']), whose)}"
    if len(names):
        text += f" in {counted(len(names), 'account')}" if len(names) > 3 else _named(names)
    if facts.public:
        text += f", plus {counted(facts.public, 'free public image')} of DigitalOcean"
    return text


def _named(names: Iterable[object]) -> str:
    shown = [isolated(str(name)) for name in names if name != "default"]
    return f" in {' and '.join(shown)}" if shown else ""


def section(facts: Facts) -> Section:
    """Return the section on how the report was created, with the certificate per account."""
    sentences = [
        f"Created with imagedf {__version__} from responses of DigitalOcean's API.",
        f"Ages and rates refer to {facts.moment:%Y-%m-%d %H:%M:%S} UTC{facts.assumed}.",
        _COUNTED,
        _PROOF,
    ]
    accounts = () if facts.certificate is None else facts.certificate.accounts
    fields = sorted({name for entry in accounts for name in entry.unknown_fields})
    if fields:
        sentences.append(f"Response fields that are not included: {isolated(', '.join(fields))}.")
    tables = (_proof_table(accounts),) if facts.certificate is not None else ()
    return Section("made", "About this report", tuple(sentences), None, tables)


def _proof_table(accounts: Sequence[AccountCertificate]) -> Table:
    rows = [[getattr(entry, name) for name in _COLUMNS] for entry in accounts]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS), dtype=object)
    optional = [name for name in _COLUMNS if name not in _ALWAYS]
    return table(
        "certificate",
        "Proof of completeness, by account",
        frame,
        with_some(frame, _COLUMNS, optional),
        limit=_SHOWN,
    )
