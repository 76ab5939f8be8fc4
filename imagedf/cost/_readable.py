"""Find the accounts that could not be read at an endpoint: they are unknown, never empty."""

from __future__ import annotations

from imagedf.account import Account

_ENDPOINTS = {"droplets": ("droplets", "gpu_droplets")}


def unread_accounts(account: Account, frame: str) -> list[str]:
    """Return the names of the accounts that could not be read completely for a frame."""
    if getattr(account, frame) is None:
        return list(account.names) or ["default"]
    endpoints = _ENDPOINTS.get(frame, (frame,))
    incomplete = {
        entry.account
        for entry in account.certificate.accounts
        if entry.endpoint in endpoints and entry.complete is False
    }
    return [
        name
        for name in account.names
        if name in incomplete or not account.is_read(name, *endpoints)
    ]
