"""Convert billed lines to FOCUS, the FinOps Foundation's format for cost data.

Partial FOCUS 1.4: the mandatory columns, but only the lines for images, snapshots and backups.
https://focus.finops.org/focus-specification/
"""

from __future__ import annotations

import json
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from imagedf.account import Account, link_images
from imagedf.cost._account_stored import stored_in
from imagedf.cost._fetch_invoice import PREVIEW
from imagedf.cost._invoice import Invoice, read_invoice
from imagedf.cost._invoice_lines import InvoiceLine
from imagedf.cost._invoice_source import InvoiceSource
from imagedf.cost._matching import Group, match_lines
from imagedf.cost._prices import PriceBook
from imagedf.cost._rates import VOLUME_SNAPSHOT
from imagedf.cost._rows import cells_of, frame_of, is_known, rows_of
from imagedf.cost._stored import BACKUP, CUSTOM, SNAPSHOT, Stored
from imagedf.errors import ImagedfError
from imagedf.frame import as_of, day_of

_PROVIDER = "DigitalOcean"
_DAY = timedelta(days=1)
_TYPES = {
    SNAPSHOT: "Droplet Snapshot",
    CUSTOM: "Custom Image",
    VOLUME_SNAPSHOT: "Volume Snapshot",
    BACKUP: "Droplet Backups",
}
_DTYPES = {
    "BilledCost": "float64",
    "BillingAccountId": "str",
    "BillingAccountName": "str",
    "BillingCurrency": "str",
    "BillingPeriodEnd": "str",
    "BillingPeriodStart": "str",
    "ChargeCategory": "str",
    "ChargeClass": "str",
    "ChargeDescription": "str",
    "ChargeFrequency": "str",
    "ChargePeriodEnd": "str",
    "ChargePeriodStart": "str",
    "ContractedCost": "float64",
    "EffectiveCost": "float64",
    "HostProviderName": "str",
    "InvoiceId": "str",
    "InvoiceIssuerName": "str",
    "ListCost": "float64",
    "PricingQuantity": "float64",
    "PricingUnit": "str",
    "RegionId": "str",
    "ResourceId": "str",
    "ResourceName": "str",
    "ResourceType": "str",
    "ServiceCategory": "str",
    "ServiceName": "str",
    "ServiceProviderName": "str",
    "ServiceSubcategory": "str",
    "Tags": "str",
    "x_match": "str",
    "x_hours": "float64",
    "x_project_name": "str",
    "x_size_gigabytes": "float64",
    "x_age_days": "float64",
    "x_source_id": "str",
    "x_source_name": "str",
    "x_source": "str",
}


def to_focus(
    invoice: Invoice | InvoiceSource, account: Account, *, billing_account_id: str | None = None
) -> pd.DataFrame:
    r"""Return the billed lines for images, snapshots and backups as rows of partial FOCUS 1.4.

    Parameters
    ----------
    invoice : Invoice, or a source of ``read_invoice``
        An invoice returned by ``fetch_invoice`` or ``read_invoice``, or a source of the latter.
    account : Account
        The account that is billed.
    billing_account_id : str, optional
        An id such as the team's URN, ``do:team:…``. Default: the name of the account.

    Returns
    -------
    pandas.DataFrame
        One row per billed line for a Droplet snapshot, custom image, volume snapshot or the
        backups of a Droplet; no other products and no estimates. In addition to the FOCUS
        columns: ``x_match`` (how the line was matched to a stored resource), ``x_hours``,
        ``x_project_name``, ``x_size_gigabytes`` [GB], ``x_age_days``, ``x_source_id``,
        ``x_source_name`` and ``x_source`` (here or gone), missing for resources that are no
        longer stored. ``InvoiceId`` is missing for the preview and if the source does not name
        the invoice. ``RegionId`` is missing for an image in several regions. Times are ISO 8601
        text.

    Raises
    ------
    ImagedfError
        The invoice can't be read, or has no dates.
    TypeError
        ``account`` is not an Account.

    See Also
    --------
    reconcile : Compare every line with the estimate.
    account_bill : Return the monthly bill of the account, by kind.

    Notes
    -----
    This is partial FOCUS: mandatory columns of https://focus.finops.org/focus-specification/
    that an invoice does not state (list cost and contracted cost) contain the billed cost, since
    credits are separate lines.

    Examples
    --------
    >>> import imagedf
    >>> account = imagedf.example_account()
    >>> line = "Droplet Snapshots,web,744,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,$0.60"
    >>> invoice = f"product,description,hours,start,end,USD\n{line}\n".encode()
    >>> rows = imagedf.to_focus(invoice, account)
    >>> rows.loc[0, ["InvoiceIssuerName", "ServiceSubcategory", "ResourceType"]].tolist()
    ['DigitalOcean', 'Backup Storage', 'Droplet Snapshot']
    """
    if not isinstance(account, Account):
        raise TypeError(f"account must be an Account, not {type(account).__name__}")
    billed = invoice if isinstance(invoice, Invoice) else read_invoice(invoice)
    stored = stored_in(account, PriceBook.load(), day_of(account.images))
    groups = [
        group for group in match_lines(stored, billed.lines) if group.billing_class and group.lines
    ]
    shared = _shared(billed, billing_account_id or _account_of(groups, account))
    facts = _facts(account)
    rows = [
        shared | _line(line, billed, shared) | _resource(line, group, facts, billed)
        for group in groups
        for line in group.lines
    ]
    return frame_of(rows, _DTYPES)


def _account_of(groups: Iterable[Group], account: Account) -> str:
    """Return the account to which most of the billed resources belong."""
    names = Counter(resource.account for group in groups for resource in group.stored)
    return max(names, key=lambda name: names[name], default=next(iter(account.names), "default"))


def _shared(invoice: Invoice, billing_account_id: str) -> dict[str, Any]:
    """Return the columns that all rows of an invoice share."""
    if invoice.period is None:
        raise ImagedfError("the invoice has no dates, which FOCUS requires")
    first = datetime.fromisoformat(f"{invoice.period}-01").replace(tzinfo=UTC)
    last = first + timedelta(days=monthrange(first.year, first.month)[1])
    return {
        "BillingAccountId": billing_account_id,
        "BillingCurrency": "USD",
        "BillingPeriodStart": _moment(first),
        "BillingPeriodEnd": _moment(last),
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "HostProviderName": _PROVIDER,
        "InvoiceIssuerName": _PROVIDER,
        "ServiceCategory": "Storage",
        "ServiceProviderName": _PROVIDER,
    }


def _line(line: InvoiceLine, invoice: Invoice, shared: Mapping[str, Any]) -> dict[str, Any]:
    uuid = invoice.uuids[line.invoice]
    cost = float(line.amount)
    described = f"{line.product}: {line.description}" if line.description else line.product
    return {
        **dict.fromkeys(("BilledCost", "ContractedCost", "EffectiveCost", "ListCost"), cost),
        "ChargeDescription": described,
        "ChargePeriodStart": _moment(line.start) or shared["BillingPeriodStart"],
        "ChargePeriodEnd": _moment(line.end) or shared["BillingPeriodEnd"],
        "InvoiceId": None if uuid == PREVIEW else uuid,
        "ServiceName": line.product,
        "x_hours": line.hours,
        "x_project_name": line.project_name or None,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _resource(
    line: InvoiceLine, group: Group, facts: Mapping[Any, dict[str, Any]], invoice: Invoice
) -> dict[str, Any]:
    kind = group.billing_class or ""
    resource = group.stored[0] if len(group.stored) == 1 else None
    found = {} if resource is None else facts.get(_key(resource), {})
    number = line.resource_uuid if kind == VOLUME_SNAPSHOT else line.resource_id
    return {
        "ResourceId": number or (resource and (resource.uuid or str(resource.id))),
        "ResourceName": line.description or (resource and resource.name),
        "ResourceType": _TYPES.get(kind, _TYPES[CUSTOM]),
        "ServiceSubcategory": "Other (Storage)" if kind == CUSTOM else "Backup Storage",
        "x_match": group.match,
        **found,
        **_quantity(line, found.get("x_size_gigabytes"), invoice),
    }


def _quantity(line: InvoiceLine, size: float | None, invoice: Invoice) -> dict[str, Any]:
    """Return the GB of a full month; DigitalOcean doesn't publish how partial months count."""
    period = invoice.period or ""
    full = monthrange(int(period[:4]), int(period[5:]))[1] * 24
    if size is None or pd.isna(size) or line.hours != full:
        return {}
    return {"PricingQuantity": size, "PricingUnit": "GB-Months"}


def _key(resource: Stored) -> tuple[str, str, Any, Any]:
    return (resource.billing_class, resource.account, resource.uuid or resource.id, resource.name)


def _facts(account: Account) -> dict[Any, dict[str, Any]]:
    """Return the known attributes of each image and volume snapshot, by its key."""
    now = as_of(account.images)
    facts = {
        (image.type, image.account, image.id, _text(image.name)): _fact(image, image.source_id, now)
        for image in rows_of(link_images(account))
    }
    if account.volume_snapshots is not None:
        for snapshot in rows_of(account.volume_snapshots):
            key = (VOLUME_SNAPSHOT, snapshot.account, snapshot.id, _text(snapshot.name))
            facts[key] = _fact(snapshot, snapshot.resource_id, now)
    return facts


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


def _fact(resource: Any, source_id: Any, now: datetime) -> dict[str, Any]:
    regions = cells_of(resource.regions)
    return {
        "RegionId": regions[0] if len(regions) == 1 else None,
        "Tags": json.dumps(dict(_tags(resource.tags))) if is_known(resource.tags) else None,
        "x_size_gigabytes": resource.size_gigabytes,
        "x_age_days": None
        if pd.isna(resource.created_at)
        else (now - resource.created_at).total_seconds() / 86_400,
        "x_source_id": _text(source_id),
        "x_source_name": resource.source_name,
        "x_source": resource.source,
    }


def _tags(tags: Any) -> Iterator[tuple[str, str | bool]]:
    """Yield ``env:prod`` as key and value; in FOCUS, a tag without a value has the value true."""
    for tag in cells_of(tags):
        key, colon, value = tag.partition(":")
        yield key, value if colon else True
