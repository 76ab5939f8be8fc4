"""Single GET requests for prices and invoices, with the same retries and waits as a fetch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import requests

    from imagedf.client import Fetch, Limits


@dataclass(frozen=True, slots=True)
class Connection:
    """How requests are sent; the arguments are those of ``fetch_images``."""

    base_url: str | None
    timeout: float | tuple[float, float]
    deadline: float
    max_retries: int
    session: requests.Session | None
    limits: Limits | None


@contextmanager
def open_requests(
    token: str | None, accounts: Mapping[str, str] | None, connection: Connection
) -> Iterator[Fetch]:
    """Check the arguments and open a connection pool, without sending anything yet."""
    # Imported here: reading a saved invoice needs no network code.
    from imagedf.client import check_settings, open_fetch

    settings = check_settings(
        token=token,
        accounts=accounts,
        base_url=connection.base_url,
        per_page=200,
        max_workers=1,
        timeout=connection.timeout,
        deadline=connection.deadline,
        max_retries=connection.max_retries,
        limits=connection.limits,
    )
    with open_fetch(settings, connection.session) as fetch:
        yield fetch
