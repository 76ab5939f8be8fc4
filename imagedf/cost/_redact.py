"""Describe the shape of an invoice without names, ids or amounts, so that it can be shared."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from typing import Any

from imagedf.cost._invoice import Invoice
from imagedf.cost._invoice_lines import InvoiceLine
from imagedf.cost._invoice_source import snake_case
from imagedf.cost._stored import classes_of

_DIGITS, _LETTERS = re.compile(r"\d+"), re.compile(r"[^\W\d_]+")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# Words in the names of DigitalOcean's products and fields; any other word could be a name.
_WORDS = frozenset(
    """ai amount app apps backup backups balancer balancers bandwidth based basic block bucket
    category cluster clusters container credit credits custom daily database databases description
    droplet droplets duration end file functions genai generation gpu group hours iaas id image
    images kubernetes load managed monitoring name network paas plan platform product project
    promotion registry reserved resource snapshot snapshots spaces start storage subscription
    support tax taxes time transfer unit usage usd uuid volume volumes weekly""".split()  # noqa: SIM905 # 80 quoted words are hard to read
)


def redact(invoice: Invoice) -> dict[str, Any]:
    r"""Return the kinds of lines in an invoice, without any name, id or amount.

    Examples
    --------
    >>> import imagedf
    >>> from imagedf.cost import redact
    >>> shape = redact(imagedf.read_invoice(b"product,description,USD\nSnapshots,web-1,$0.57\n"))
    >>> shape["lines"][0]["product"], shape["lines"][0]["description"]
    ('Snapshots', 'a-9')
    """
    shapes = Counter(tuple(_shape(line).items()) for line in invoice.lines)
    return {
        "invoices": len(invoice.uuids),
        "fields": [_known_words(snake_case(name)) for name in invoice.fields],
        "lines": [{**dict(shape), "count": count} for shape, count in shapes.items()],
    }


def _shape(line: InvoiceLine) -> dict[str, str]:
    return {
        "product": _known_words(line.product),
        "read_as": " or ".join(classes_of(line.product)) or "other product",
        "description": _pattern(line.description),
        "group_description": _pattern(line.group_description),
        "resource_id": _kind(line.resource_id),
        "resource_uuid": _kind(line.resource_uuid),
        "hours": "" if line.hours is None else "number",
        "start": _day(line.start),
        "end": _day(line.end),
        "amount": "negative" if line.amount < 0 else "zero" if not line.amount else "positive",
        "project_name": "text" if line.project_name else "",
        "category": _known_words(line.category),
    }


def _known_words(text: str) -> str:
    """Replace every word that could be a name by ``a``, and digits by ``9``."""
    kept = _LETTERS.sub(lambda word: word[0] if word[0].lower() in _WORDS else "a", text)
    return _DIGITS.sub("9", kept)


def _pattern(text: str) -> str:
    """Return ``a-9 (a-9a)`` for ``web-1 (s-1vcpu)``."""
    return _DIGITS.sub("9", _LETTERS.sub("a", text))


def _kind(value: str | None) -> str:
    if value is None:
        return ""
    if value.isdecimal():
        return "number"
    return "uuid" if _UUID.fullmatch(value) else "text"


def _day(moment: datetime | None) -> str:
    if moment is None:
        return ""
    return "first day of a month" if moment.day == 1 else "later"
