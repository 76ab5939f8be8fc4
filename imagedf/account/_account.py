"""The contents of one or several accounts: one frame per endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imagedf._text import counted, in_html
from imagedf.errors import FrameError
from imagedf.schema import ACCOUNT_FRAMES

if TYPE_CHECKING:
    import pandas as pd

    from imagedf._certificates import AccountCertificate, Certificate

_NOUNS = {
    "volume_snapshots": "volume snapshot",
    "droplets": "Droplet",
    "autoscale_pools": "autoscale pool",
    "volumes": "volume",
}
"""The frames that the repr counts besides images."""
_USES = "what uses an image"
_SOURCES = "which sources are gone"
_MEANT: dict[str, tuple[str, ...]] = {
    "droplet_snapshots": ("the sources of some snapshots",),
    "volume_snapshots": ("volume snapshots",),
    "droplets": ("Droplets", _SOURCES, _USES),
    "gpu_droplets": ("Droplets", _SOURCES, _USES),
    "backup_policies": ("backup plans",),
    "autoscale_pools": ("autoscale pools", _USES),
    "volumes": ("volumes", "the sources of volume snapshots"),
}
"""The information that is unknown without an endpoint."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Account:
    """Images and everything else an account stores: one typed frame per endpoint.

    A frame is ``None`` if no token can read the endpoint, which means unknown, never empty.
    With several accounts, a frame has the rows of the readable ones; ``is_read`` and
    ``is_proven`` say which these are. ``imagedf.schema.ACCOUNT_FRAMES`` lists the columns.

    Attributes
    ----------
    images : pandas.DataFrame
        The account's own images, as ``fetch_images`` returns them.
    certificate : Certificate
        The completeness of each account and endpoint.
    droplet_snapshots, volume_snapshots : pandas.DataFrame or None
        Snapshots from ``/v2/snapshots``, of Droplets and of volumes.
    droplets : pandas.DataFrame or None
        All Droplets, including GPU Droplets.
    backup_policies, autoscale_pools, volumes : pandas.DataFrame or None
        One row per Droplet, pool and volume.

    Raises
    ------
    FrameError
        A frame other than ``images`` contains a resource twice.

    See Also
    --------
    imagedf.fetch_account : Fetch an account.
    imagedf.link_images : Add the source and the users of each image.

    Examples
    --------
    >>> import imagedf
    >>> imagedf.example_account().certificate.complete
    True
    """

    images: pd.DataFrame
    certificate: Certificate
    droplet_snapshots: pd.DataFrame | None = None
    volume_snapshots: pd.DataFrame | None = None
    droplets: pd.DataFrame | None = None
    backup_policies: pd.DataFrame | None = None
    autoscale_pools: pd.DataFrame | None = None
    volumes: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        """Raise if a resource appears twice, which would double every total."""
        for name, frame in self._frames():
            if name != "images" and frame is not None:
                _check_once(name, frame)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the accounts."""
        return tuple(dict.fromkeys(entry.account for entry in self.certificate.accounts))

    def is_read(self, name: str, *endpoints: str) -> bool:
        """Return whether all these endpoints of one account were read, at least in part.

        Parameters
        ----------
        name : str
            The account's name.
        *endpoints : str
            Names as in the certificate, such as ``droplets`` and ``gpu_droplets``.

        Returns
        -------
        bool
            False if the token lacks the scope.
        """
        return all(self._entry(name, endpoint) is not None for endpoint in endpoints)

    def is_proven(self, name: str, *endpoints: str) -> bool:
        """Return whether all these endpoints of one account are complete.

        Parameters
        ----------
        name : str
            The account's name.
        *endpoints : str
            Names as in the certificate, such as ``droplets`` and ``gpu_droplets``.

        Returns
        -------
        bool
            False if a listing is incomplete, unverified or not readable.
        """
        entries = [self._entry(name, endpoint) for endpoint in endpoints]
        return all(entry is not None and entry.complete is True for entry in entries)

    @property
    def unknown(self) -> tuple[str, ...]:
        """What could not be read, so is unknown: one line per account and reason."""
        entries = {(entry.account, entry.endpoint): entry for entry in self.certificate.accounts}
        missing: dict[tuple[str, str], list[str]] = {}
        for key in ((name, endpoint) for name in self.names for endpoint in _MEANT):
            reason = _unread(entries.get(key))
            if reason:
                missing.setdefault((key[0], reason), []).extend(_MEANT[key[1]])
        return tuple(
            f"{name}: unknown {reason}: {', '.join(dict.fromkeys(meant))}"
            for (name, reason), meant in missing.items()
        )

    def _entry(self, name: str, endpoint: str) -> AccountCertificate | None:
        """Return the certificate of a listing that was read, at least in part."""
        for entry in self.certificate.accounts:
            if (entry.account, entry.endpoint) == (name, endpoint):
                failed = entry.missing_scopes or (entry.complete is False and not entry.pages)
                return None if failed else entry
        return None

    def _frames(self) -> Iterator[tuple[str, pd.DataFrame | None]]:
        for name in ACCOUNT_FRAMES:
            yield name, getattr(self, name)

    def _own_images(self) -> int:
        entries = [entry for entry in self.certificate.accounts if entry.endpoint == "images"]
        return sum(
            entry.images if entry.own_images is None else entry.own_images for entry in entries
        )

    def __repr__(self) -> str:
        shown = [(name, frame) for name, frame in self._frames() if frame is not None]
        parts = [counted(self._own_images(), "own image")]
        parts += [counted(len(frame), _NOUNS[name]) for name, frame in shown if name in _NOUNS]
        text = f"Account {', '.join(self.names):.60}: {', '.join(parts)}"
        scopes = {scope for entry in self.certificate.accounts for scope in entry.missing_scopes}
        if scopes:
            text += f"; unknown without {', '.join(sorted(scopes))}"
        elif unread := [name for name, frame in self._frames() if frame is None]:
            text += f"; not read: {', '.join(unread)}"
        if not self.certificate.complete:
            text += "; not proven complete"
        return f"<{text[:197] + '…' if len(text) > 198 else text}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{name}</th><td>{'unknown' if frame is None else f'{len(frame):,}'}</td></tr>"
            for name, frame in self._frames()
        )
        return f"<table><caption>{in_html(repr(self))}</caption>{rows}</table>"


def _check_once(name: str, frame: pd.DataFrame) -> None:
    key = "droplet_id" if name == "backup_policies" else "id"
    if not {"account", key} <= set(frame.columns):
        return
    known = frame.loc[frame[key].notna(), ["account", key]]
    again = known[known.duplicated()]
    if len(again):
        account, number = again.iloc[0]
        raise FrameError(
            f"{name} contains the {key} {number} of {account} twice, as after concatenating two "
            "listings; keep only one of them"
        )


def _unread(entry: AccountCertificate | None) -> str | None:
    """Return why a listing was not read."""
    if entry is None:
        return "because it was not read"
    if entry.missing_scopes:
        return f"without the scope {' and '.join(entry.missing_scopes)}"
    return "because the listing failed" if entry.complete is False and not entry.pages else None
