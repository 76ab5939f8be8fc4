"""The certificate: what a listing can vouch for. No pandas, no network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from imagedf._text import counted

UNVOUCHED = "no certificate: whether the listing is complete is not known"
"""What is said in place of a certificate where there is none."""

ATTRS_KEY = "imagedf"
"""Where a frame carries its certificate: ``frame.attrs["imagedf"]``."""


@dataclass(frozen=True, slots=True)
class AccountCertificate:
    """What is known of the listing of one account.

    ``total_first`` and ``total_last`` are ``meta.total`` of the first and of the last
    page; ``images`` counts the images kept, after ``repeats_dropped``. ``proof`` is
    ``"totals"``, ``"page chain"`` (no total, but the last page has no next) or
    ``"as given"`` (a saved list that claims no total). Times are UTC, ISO 8601.
    """

    account: str = "default"
    endpoint: str = "images"
    filters: Mapping[str, str] = field(default_factory=dict)
    pages: int = 0
    images: int = 0
    total_first: int | None = None
    total_last: int | None = None
    repeats_dropped: int = 0
    filter_mismatches: int = 0
    walks: int = 1
    retries: int = 0
    waited_seconds: float = 0.0
    unknown_fields: tuple[str, ...] = ()
    proof: str = "as given"
    started: str | None = None
    finished: str | None = None
    complete: bool | None = True
    error: str | None = None
    missing_scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a whole frame can vouch for: one entry for each account."""

    accounts: tuple[AccountCertificate, ...] = ()
    source: str = "api"
    version: int = 1

    @property
    def complete(self) -> bool:
        """Whether every listing that the token could read is complete."""
        return all(entry.complete for entry in self.accounts if not entry.missing_scopes)

    @property
    def images(self) -> int:
        """Images kept, over all accounts."""
        return sum(entry.images for entry in self.accounts if entry.endpoint == "images")

    @property
    def pages(self) -> int:
        """Pages read, over all accounts."""
        return sum(account.pages for account in self.accounts)

    @property
    def started(self) -> str | None:
        """When the first account's walk began (UTC, ISO 8601)."""
        return min((a.started for a in self.accounts if a.started), default=None)

    @property
    def finished(self) -> str | None:
        """When the last account's walk ended (UTC, ISO 8601)."""
        return max((a.finished for a in self.accounts if a.finished), default=None)

    def __str__(self) -> str:
        totals = [account.total_last for account in self.accounts]
        known = [total for total in totals if total is not None]
        of = f" of {sum(known):,}" if known and len(known) == len(totals) else ""
        parts = [
            f"{'complete' if self.complete else 'INCOMPLETE'}: {self.images:,}{of} images",
            counted(self.pages, "page"),
            counted(len(self.accounts), "account"),
        ]
        if not of:
            proofs = sorted({account.proof for account in self.accounts})
            parts.append(f"no total to compare with, by {', '.join(proofs) or 'nothing'}")
        if self.finished:
            moment = datetime.fromisoformat(self.finished).astimezone(UTC)
            parts.append(f"fetched {moment:%Y-%m-%d %H:%M:%S} UTC")
        elif self.source != "api":
            parts.append(f"from {self.source}")
        return ", ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-able form that ``frame.attrs`` and the files carry."""
        return {
            "version": self.version,
            "source": self.source,
            "complete": self.complete,
            "accounts": [
                asdict(a)
                | {
                    "filters": dict(a.filters),
                    "unknown_fields": list(a.unknown_fields),
                    "missing_scopes": list(a.missing_scopes),
                }
                for a in self.accounts
            ],
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Certificate:
        """Read the form that ``to_dict`` gives."""
        accounts = tuple(
            AccountCertificate(
                **{
                    **entry,
                    "unknown_fields": tuple(entry.get("unknown_fields", ())),
                    "missing_scopes": tuple(entry.get("missing_scopes", ())),
                }
            )
            for entry in value.get("accounts", ())
        )
        return cls(accounts, value.get("source", "api"), value.get("version", 1))
