"""The completeness certificate of a listing. No pandas, no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from imagedf._text import counted, in_html, shorten

NO_CERTIFICATE = "no certificate: it is unknown whether the listing is complete"
"""Printed in place of a certificate where there is none."""

ATTRS_KEY = "imagedf"
"""Where a frame carries its certificate: ``frame.attrs["imagedf"]``."""

Proof = Literal["one page", "read twice", "totals", "page chain", "as given"]
_REPR = 200
_STATES = {True: "complete", False: "INCOMPLETE", None: "unverified"}
_TUPLES = ("unknown_fields", "missing_scopes")


@dataclass(frozen=True, slots=True, repr=False)
class AccountCertificate:
    """The completeness of one listing: one endpoint of one account.

    Attributes
    ----------
    account, endpoint : str
        The name of the account, and what was listed: ``images``, ``droplets``, …
    filters : mapping of str to str
        The query parameters sent.
    pages, images : int
        Pages read and images (or other objects) kept in the last reading.
    own_images : int, optional
        How many of the images are the account's own; only for ``images``.
    total_first, total_last : int, optional
        ``meta.total`` of the first and of the last page.
    duplicates_dropped : int
        Images that were listed before.
    filter_mismatches : int
        Images that contradict the filters sent.
    readings, retries : int
        How many times the listing was read, and how many requests were repeated.
    waited_seconds : float
        Time spent waiting before retries and for the rate limit [s].
    unknown_fields : tuple of str
        Fields of the response that imagedf does not know; they are not in the frame.
    proof : str, optional
        ``"one page"``: a single response is consistent. ``"read twice"``: two successive
        readings agree. ``"totals"``: the totals equal the number of images. ``"page chain"``:
        no totals, but the last page has no next one. ``"as given"``: a saved list.
    started, finished : str, optional
        UTC, ISO 8601.
    complete : bool, optional
        None if it can't be verified: there is no total to compare with.
    error : str, optional
        Why the listing is not complete.
    missing_scopes : tuple of str
        The token scopes without which this listing was not readable.
    """

    account: str = "default"
    endpoint: str = "images"
    filters: Mapping[str, str] = field(default_factory=dict)
    pages: int = 0
    images: int = 0
    own_images: int | None = None
    total_first: int | None = None
    total_last: int | None = None
    duplicates_dropped: int = 0
    filter_mismatches: int = 0
    readings: int = 1
    retries: int = 0
    waited_seconds: float = 0.0
    unknown_fields: tuple[str, ...] = ()
    proof: Proof = "as given"
    started: str | None = None
    finished: str | None = None
    complete: bool | None = True
    error: str | None = None
    missing_scopes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        of_images = self.endpoint == "images"
        found = counted(self.images, "image" if of_images else "object")
        state = f"{_STATES[self.complete]} (proof: {self.proof})"
        if self.missing_scopes:
            state = f"not readable without {' '.join(self.missing_scopes)}"
        name = self.account if of_images else f"{self.account}, {self.endpoint}"
        return f"<AccountCertificate {shorten(f'{name}: {found}, {state}', _REPR - 21)}>"

    def _repr_html_(self) -> str:
        """Return a table with one row per field."""
        cells = ((name, getattr(self, name)) for name in self.__slots__)
        rows = (f"<tr><th>{name}</th><td>{in_html(value)}</td></tr>" for name, value in cells)
        return f"<table>{''.join(rows)}</table>"


@dataclass(frozen=True, slots=True, repr=False)
class Certificate:
    """The completeness of everything in a frame or an account: one entry per listing.

    ``accounts`` has one entry per account and endpoint; ``notes`` lists what a reader should
    know before summing. ``present`` is the number of images in a frame from which some of those
    listed were removed, otherwise None.
    """

    accounts: tuple[AccountCertificate, ...] = ()
    source: str = "api"
    version: int = 1
    notes: tuple[str, ...] = ()
    present: int | None = None

    @property
    def complete(self) -> bool | None:
        """Whether all readable listings are complete; None if that can't be verified.

        False for a frame from which images were removed.
        """
        if self.present is not None:
            return False
        states = {entry.complete for entry in self._readable}
        if False in states:
            return False
        return None if None in states or not states else True

    @property
    def images(self) -> int:
        """Images kept, over all accounts."""
        return sum(entry.images for entry in self._of_images)

    @property
    def own_images(self) -> int | None:
        """How many of them are your own images; None if they were not counted."""
        counts = [entry.own_images for entry in self._of_images]
        return None if None in counts else sum(count or 0 for count in counts)

    @property
    def pages(self) -> int:
        """Pages read, over all accounts and endpoints."""
        return sum(entry.pages for entry in self.accounts)

    @property
    def started(self) -> str | None:
        """When the first listing began (UTC, ISO 8601)."""
        return min((a.started for a in self.accounts if a.started), default=None)

    @property
    def finished(self) -> str | None:
        """When the last listing ended (UTC, ISO 8601)."""
        return max((a.finished for a in self.accounts if a.finished), default=None)

    @property
    def _readable(self) -> tuple[AccountCertificate, ...]:
        return tuple(entry for entry in self.accounts if not entry.missing_scopes)

    @property
    def _of_images(self) -> tuple[AccountCertificate, ...]:
        return tuple(entry for entry in self.accounts if entry.endpoint == "images")

    def __str__(self) -> str:
        return self.line()

    def line(self, own: int | None = None) -> str:
        """Return the completeness in one line; ``own`` adds how many images are your own."""
        if self.present is not None:
            listed = counted(self.images, "listed image")
            return f"{self.present:,} of {listed}; the listing is {replace(self, present=None)}"
        parts = [
            _state_text(self.complete, self._of_images),
            *([] if own is None else [f"{own:,} of them your own"]),
            *_others_text(self._readable),
            counted(self.pages, "page"),
            counted(len({entry.account for entry in self.accounts}), "account"),
            *_proof_text(self._readable),
            *_source_text(self.source, self.finished),
            *_names_text("unknown fields", (e.unknown_fields for e in self.accounts)),
            *_names_text("not readable without", (e.missing_scopes for e in self.accounts)),
            *self.notes,
        ]
        return ", ".join(parts)

    def __repr__(self) -> str:
        return f"<Certificate {shorten(str(self), _REPR - 14)}>"

    def _repr_html_(self) -> str:
        """Return a table with one row per listing."""
        names = ("account", "endpoint", "complete", "images", "total_last", "readings", "proof")
        head = "".join(f"<th>{name}</th>" for name in names)
        rows = "".join(_html_row(entry, names) for entry in self.accounts)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        return f"<p>{in_html(self)}</p>{table}"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-able form that ``frame.attrs`` and the files carry."""
        return {
            "version": self.version,
            "source": self.source,
            "complete": self.complete,
            "notes": list(self.notes),
            "accounts": [_entry_dict(entry) for entry in self.accounts],
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Certificate:
        """Return the certificate that ``to_dict`` returned as a dict."""
        accounts = tuple(
            AccountCertificate(**{**entry, **{key: tuple(entry.get(key, ())) for key in _TUPLES}})
            for entry in value.get("accounts", ())
        )
        notes = tuple(value.get("notes", ()))
        return cls(accounts, value.get("source", "api"), value.get("version", 1), notes)


def _entry_dict(entry: AccountCertificate) -> dict[str, Any]:
    lists = {key: list(getattr(entry, key)) for key in _TUPLES}
    return asdict(entry) | lists | {"filters": dict(entry.filters)}


def _state_text(complete: bool | None, entries: tuple[AccountCertificate, ...]) -> str:  # noqa: FBT001 # three states, not a switch
    word = _STATES[complete]
    images = sum(entry.images for entry in entries)
    totals = [entry.total_last for entry in entries if entry.total_last is not None]
    if totals and len(totals) == len(entries):
        return f"{word}: {images:,} of {counted(sum(totals), 'image')}"
    return f"{word}: {counted(images, 'image')}"


def _others_text(entries: tuple[AccountCertificate, ...]) -> list[str]:
    others = sum(entry.endpoint != "images" for entry in entries)
    return [counted(others, "other listing")] if others else []


def _proof_text(entries: tuple[AccountCertificate, ...]) -> list[str]:
    """Name the proof if it is not a total."""
    if all(entry.total_last is not None for entry in entries):
        return []
    proofs = sorted({entry.proof for entry in entries if entry.complete} - {"as given"})
    by = f" (proof: {', '.join(proofs)})" if proofs else ""
    return [f"no total to compare with{by}"]


def _source_text(source: str, finished: str | None) -> list[str]:
    text = [f"from {source}"] if source != "api" else []
    if finished:
        moment = datetime.fromisoformat(finished).astimezone(UTC)
        text.append(f"fetched {moment:%Y-%m-%d %H:%M:%S} UTC")
    return text


def _names_text(what: str, names: Iterable[tuple[str, ...]]) -> list[str]:
    different = sorted(set[str]().union(*names))
    return [f"{what}: {' '.join(different)}"] if different else []


def _html_row(entry: AccountCertificate, names: tuple[str, ...]) -> str:
    values = ["" if getattr(entry, name) is None else getattr(entry, name) for name in names]
    return f"<tr>{''.join(f'<td>{in_html(value)}</td>' for value in values)}</tr>"
