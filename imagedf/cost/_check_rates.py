"""Compare the price book with DigitalOcean's own prices of individual snapshots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import pandas as pd

from imagedf._text import received
from imagedf.account import Account
from imagedf.cost._amounts import exact
from imagedf.cost._bill import check_currency
from imagedf.cost._estimate import book_of
from imagedf.cost._invoice_source import documents
from imagedf.cost._prices import PriceBook
from imagedf.cost._rate_candidates import Candidate, largest
from imagedf.cost._rates import VOLUME_SNAPSHOT, Rate
from imagedf.cost._requests import Connection, open_requests
from imagedf.cost._rows import cells_of, frame_of, is_known
from imagedf.cost._stored import SNAPSHOT
from imagedf.errors import ImagedfError, RequestError
from imagedf.frame import Day, day_of

if TYPE_CHECKING:
    import requests

    from imagedf.client import Fetch, Limits

_SCOPES = ("droplet:read", "image:read", "block_storage:read", "block_storage_snapshot:read")
_GIB = Decimal(2**30) / Decimal(10**9)
_CENT = Decimal("0.01")
_LARGEST = 10**12
"""No snapshot costs more; a larger number could not be rounded."""
_DTYPES = {
    "account": "str",
    "droplet_id": "Int64",
    "id": "Int64",
    "name": "str",
    "size_gigabytes": "float64",
    "stated_cost_usd": "float64",
    "estimated_cost_usd": "float64",
    "rate": "float64",
    "unit": "str",
    "conclusion": "str",
}
_ID_DTYPES = {"snapshots": "Int64", "volume_snapshots": "str"}
INCONCLUSIVE = "inconclusive"


def check_rates(
    account: Account,
    token: str | None = None,
    *,
    accounts: Mapping[str, str] | None = None,
    base_url: str | None = None,
    prices: PriceBook | None = None,
    on: Day | None = None,
    volume_snapshots: bool = False,
    timeout: float | tuple[float, float] = (5, 60),
    deadline: float = 300.0,
    max_retries: int = 5,
    session: requests.Session | None = None,
    limits: Limits | None = None,
) -> pd.DataFrame:
    """Fetch DigitalOcean's own price of the largest snapshots, to compare with the price book.

    For the five Droplets with the largest snapshots, taken from each account in turn, one GET
    request each asks what their snapshots would cost if the Droplet were destroyed. Nothing is
    destroyed: although the path contains ``destroy``, imagedf only sends GET requests to it.

    Parameters
    ----------
    account : Account
        An account returned by ``fetch_account`` or ``read_account``; it contains no token.
    token : str, optional
        A token with the scopes ``droplet:read``, ``image:read``, ``block_storage:read`` and
        ``block_storage_snapshot:read``. Default: as for ``fetch_account``.
    accounts : mapping of str to str, optional
        A token per account name, if several accounts were fetched together.
    base_url : str, optional
        As for ``fetch_images``.
    prices : PriceBook, optional
        Default: the published prices that come with imagedf.
    on : date, datetime or str, optional
        The day whose prices apply. Default: the day of the fetch, or else today.
    volume_snapshots : bool, default False
        Check the snapshots of the volumes attached to Droplets, in place of Droplet snapshots.
    timeout, deadline, max_retries, session, limits : optional
        As for ``fetch_images``.

    Returns
    -------
    pandas.DataFrame
        One row per snapshot, the largest first: ``account``, ``droplet_id``, ``id`` (an integer,
        or the UUID of a volume snapshot as text), ``name``,
        ``size_gigabytes``, ``stated_cost_usd`` (DigitalOcean's, in cents),
        ``estimated_cost_usd`` (size times rate), ``rate`` (stated cost divided by size, USD),
        ``unit`` (of ``size_gigabytes``, GB or GiB) and ``conclusion``. Rate and unit are missing
        if the conclusion is ``inconclusive``: the two units differ by 7.4%, which is lost in the
        rounding to cents for a small snapshot.

    Raises
    ------
    ImagedfError
        The Droplets or volume snapshots are not readable, or a response is not a list of
        resources.
    RequestError
        The API sent no usable response.
    ValueError
        ``accounts`` has a name that the account does not have, or tokens are missing.

    See Also
    --------
    estimate_cost : Estimate the cost of images with a price book.
    account_bill : Return the monthly bill of the account.

    Notes
    -----
    The request is "List Associated Resources for a Droplet" in
    https://docs.digitalocean.com/reference/api/reference/droplets/

    Examples
    --------
    >>> import imagedf
    >>> from imagedf.sandbox import Sandbox
    >>> with Sandbox() as sandbox:
    ...     account = imagedf.fetch_account(sandbox.token, base_url=sandbox.url)
    ...     rates = imagedf.check_rates(account, sandbox.token, base_url=sandbox.url)
    >>> rates["conclusion"].iloc[0]
    'the size is in GB'
    """
    if not isinstance(account, Account):
        raise TypeError(f"account must be an Account, not {type(account).__name__}")
    book = book_of(prices)
    check_currency(book)
    day = day_of(account.images, on)
    names = list(account.names)
    _check_tokens(names, accounts)
    connection = Connection(base_url, timeout, deadline, max_retries, session, limits)
    with open_requests(token, accounts, connection) as fetch:
        candidates = largest(account, list(accounts or names), volumes=volume_snapshots)
        key = "volume_snapshots" if volume_snapshots else "snapshots"
        rows = [row for one in candidates for row in _checked(fetch, one, key, book, day)]
    rows.sort(key=lambda row: -(row["size_gigabytes"] or 0))
    return frame_of(rows, _DTYPES | {"id": _ID_DTYPES[key]})


def _check_tokens(names: list[str], accounts: Mapping[str, str] | None) -> None:
    if accounts is None and len(names) > 1:
        raise ValueError(f"accounts must have a token for each of {', '.join(names)}")
    if unknown := [name for name in accounts or () if name not in names]:
        raise ValueError(f"accounts has {received(unknown[0])}; the account has {', '.join(names)}")


def _checked(
    fetch: Fetch, droplet: Candidate, key: str, book: PriceBook, day: date
) -> Iterator[dict[str, Any]]:
    priced_as = VOLUME_SNAPSHOT if key == "volume_snapshots" else SNAPSHOT
    for number, stated in _stated(fetch, droplet, key).items():
        image = droplet.snapshots.get(number)
        size = None if image is None else exact(image.size_gigabytes)
        tags = None if image is None or not is_known(image.tags) else cells_of(image.tags)
        rate = book.rate_of(priced_as, day, account=droplet.account, tags=tags)
        estimated = None if size is None or rate is None else size * rate.amount
        unit, conclusion = _conclusion(stated, estimated, rate)
        yield {
            "account": droplet.account,
            "droplet_id": droplet.id,
            "id": number,
            "name": None if image is None else image.name,
            "size_gigabytes": None if size is None else float(size),
            "stated_cost_usd": None if stated is None else float(stated),
            "estimated_cost_usd": None if estimated is None else float(estimated),
            "rate": None if INCONCLUSIVE in conclusion else _by_size(stated, size),
            "unit": unit,
            "conclusion": conclusion,
        }


def _stated(fetch: Fetch, droplet: Candidate, key: str) -> dict[int | str, Decimal | None]:
    """Return DigitalOcean's monthly price of each snapshot of a kind, by id.

    The path is only ever read: ``Fetch.body`` sends nothing but GET requests without a body.
    """
    path = f"/v2/droplets/{droplet.id}/destroy_with_associated_resources"
    tokens = fetch.settings.accounts
    account = droplet.account if droplet.account in tokens else next(iter(tokens))
    try:
        body = fetch.body(account, path, scopes=_SCOPES)
    except RequestError as error:
        if error.status == 404:  # the Droplet was destroyed after the account was read
            return {}
        raise
    try:
        (value,) = documents(body.decode("utf-8"), path)
        read_id = int if key == "snapshots" else _uuid
        return {read_id(item["id"]): _amount(item.get("cost")) for item in value[key] or []}
    except (ImagedfError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ImagedfError(f"{path}: the response is not a list of resources") from error


def _uuid(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a UUID is text, not {received(value)}")
    return value


def _amount(text: Any) -> Decimal | None:
    try:
        amount = Decimal(str(text))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount <= _LARGEST else None


def _conclusion(
    stated: Decimal | None, estimated: Decimal | None, rate: Rate | None
) -> tuple[str | None, str]:
    """Return the unit of the size that explains the stated price, and the conclusion."""
    if stated is None or estimated is None or rate is None:
        missing = "stated price" if stated is None else "size or rate"
        return None, f"{INCONCLUSIVE}: unknown {missing}"
    per_gib = rate.unit == "GiB-month"
    factors = {"GB": 1 / _GIB if per_gib else Decimal(1), "GiB": Decimal(1) if per_gib else _GIB}
    fitting = [unit for unit, by in factors.items() if abs(estimated * by - stated) < _CENT]
    has_size = estimated > 0 or rate.amount == 0
    # A price that no unit explains is that of another rate, unless it can be rounded up.
    is_small = max(estimated, stated) * (_GIB - 1) < _CENT or not has_size
    if len(fitting) > 1 or is_small:
        return None, f"{INCONCLUSIVE}: the snapshot is too small"
    if not fitting:
        return None, f"a rate other than {rate.amount} USD per {rate.unit}"
    return fitting[0], f"the size is in {fitting[0]}"


def _by_size(stated: Decimal | None, size: Decimal | None) -> float | None:
    return float(round(stated / size, 4)) if stated is not None and size else None
