"""Which accounts of an ``Account`` could not be read at an endpoint: unknown, never empty."""

from __future__ import annotations

from imagedf.account import Account

_ENDPOINTS = {
    "droplets": ("droplets", "gpu_droplets"),
    "backup_policies": ("backup_policies",),
    "volume_snapshots": ("volume_snapshots",),
}


def account_names(account: Account) -> list[str]:
    """Return the names of all accounts, those without an image too."""
    names = [entry.account for entry in account.certificate.accounts]
    return list(dict.fromkeys([*names, *account.images["account"].dropna()]))


def unread_accounts(account: Account, frame: str) -> list[str]:
    """Return the names of the accounts whose rows a frame does not have."""
    if getattr(account, frame) is None:
        return account_names(account)
    endpoints = _ENDPOINTS[frame]
    entries = account.certificate.accounts
    return list(
        dict.fromkeys(
            entry.account
            for entry in entries
            if entry.endpoint in endpoints and entry.missing_scopes
        )
    )
