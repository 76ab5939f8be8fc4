"""Text for people: the only place that formats numbers, shares, money, missing values and names.

It imports neither numpy nor pandas, so that messages and ``--help`` stay fast.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

UNKNOWN = "unknown"
MISSING = "(missing)"
EMPTY = "(empty)"
TOTAL = "Total known"
"""The label of a sheet's row of totals, which is refused as an image where it is read back."""

NAME_LENGTH = 500
"""The maximum number of characters of a name on a page; names from the API are shorter."""

MASK = "[token]"
"""Shown in place of a token."""

_CENT = Decimal("0.01")
_NO_CENTS = 1e15
"""Floats from here on have no cents."""
_FILE_KINDS = {
    b"PAR1": "a Parquet file",
    b"PK\x03\x04": "an Excel or zip file",
    b"\x1f\x8b": "compressed with gzip",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"SQLite format 3": "a SQLite database",
    b"%PDF": "a PDF",
    b"\x89PNG": "a PNG picture",
    b"<": "HTML or XML",
}
# https://docs.digitalocean.com/reference/api/create-personal-access-token/ lists the prefixes.
_TOKEN = re.compile(r"do[opr](?:_|%5f)v1(?:_|%5f)[\w%]+", re.IGNORECASE)
# Characters that move the cursor, change colors, hide text or reverse its direction.
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff"
    r"\U000e0000-\U000e007f]+"
)
# Characters that HTML can't contain, or that make a name look different from its spelling.
_NOT_IN_HTML = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u202a-\u202e\ud800-\udfff"
    r"\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f]"
)
_ISOLATES = re.compile(r"[\u2066-\u2069]")


def in_html(value: object) -> str:
    """Return a value as text for HTML, with special characters escaped."""
    from html import escape  # takes a millisecond, and only notebooks need it

    return escape(str(value))


class ShownAsText:
    """A result that notebooks display as its ``repr``."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return f"<p>{in_html(repr(self))}</p>"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "image"), counted(1034, "image"), counted(2, "reply")
    ('1 image', '1,034 images', '2 replies')
    """
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun[:-1]}ies" if re.search("[^aeiou]y$", noun) else f"{number:,} {noun}s"


def cents(amount: Decimal) -> Decimal:
    """Round an amount to the cent; half a cent is rounded up."""
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


def in_cents(amount: float | Decimal) -> str:
    """Return an amount to the cent: 0.585 is 0.59, although the float is slightly less.

    Examples
    --------
    >>> in_cents(11.7 * 0.05), in_cents(1234.5)
    ('0.59', '1,234.50')
    """
    return f"{_rounded(amount):,.2f}"


def amount(value: float | Decimal) -> str:
    """Return an amount to the cent; a nonzero amount is never shown as 0."""
    return "<0.01" if 0 < value < 0.005 else in_cents(value)


def change(value: float | Decimal) -> str:
    """Return a change of an amount to the cent, with its sign; no change is 0.00."""
    rounded = _rounded(value)
    return f"{rounded:+,.2f}" if rounded else "0.00"


def money(value: float | Decimal | None, currency: str = "USD") -> str:
    """Return an amount of money with its currency; None is unknown.

    Examples
    --------
    >>> money(402.67), money(Decimal("-1.5")), money(402.67, "EUR"), money(None)
    ('$402.67', '-$1.50', '402.67 EUR', 'unknown')
    """
    if value is None or math.isnan(value):
        return UNKNOWN
    if currency.upper() != "USD":
        return f"{in_cents(value)} {currency.upper()}"
    text = in_cents(value)
    return f"-${text[1:]}" if text.startswith("-") else f"${text}"


def gigabytes(value: float | Decimal | None) -> str:
    """Return a size with its unit; None is unknown.

    Examples
    --------
    >>> gigabytes(14.06), gigabytes(None)
    ('14.06 GB', 'unknown')
    """
    return UNKNOWN if value is None or math.isnan(value) else f"{in_cents(value)} GB"


def number(value: float) -> str:
    """Return a number with at most two decimals, without trailing zeros.

    Examples
    --------
    >>> number(0.5), number(2478.2), number(0.001)
    ('0.5', '2,478', '<0.01')
    """
    if 0 < abs(value) < 0.005:
        return "<0.01" if value > 0 else "−<0.01"
    text = in_cents(value) if abs(value) < 1000 else f"{value:,.0f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def decimals_for(largest: float) -> int:
    """Return the number of decimals for all values of a chart, given the largest.

    Examples
    --------
    >>> decimals_for(14.06), decimals_for(402.67), decimals_for(9268.7)
    (2, 1, 0)
    """
    return 2 if largest < 100 else 1 if largest < 1000 else 0


def fixed(value: float, digits: int) -> str:
    """Return a number with this many decimals; a nonzero number is never shown as 0.

    Examples
    --------
    >>> fixed(2.5, 2), fixed(9268.73, 0), fixed(0.2, 0)
    ('2.50', '9,269', '<1')
    """
    least = 10.0**-digits
    if 0 < value < least / 2:
        return f"<{least:.{digits}f}"
    return in_cents(value) if digits == 2 else f"{value:,.{digits}f}"


def sentence(text: str) -> str:
    """Return the text with a capital as its first letter."""
    return text[:1].upper() + text[1:]


def share(part: float, whole: float) -> str:
    """Return a share in whole percent; only an exact 0 or 1 is shown as 0% or 100%.

    Examples
    --------
    >>> share(44, 100), share(1, 1000), share(999, 1000)
    ('44%', '<1%', '>99%')
    """
    percentage = part / whole * 100
    rounded = f"{percentage:.0f}%"
    if rounded == "0%" and percentage > 0:
        return "<1%"
    return ">99%" if rounded == "100%" and percentage < 100 - 1e-9 else rounded


def percent(fraction: float) -> str:
    """Return a fraction in percent with one decimal; a nonzero one is never shown as 0.0%.

    Examples
    --------
    >>> percent(0.445), percent(0.0001)
    ('44.5%', '<0.1%')
    """
    return "<0.1%" if 0 < fraction < 0.0005 else f"{fraction * 100:.1f}%"


def _rounded(value: float | Decimal) -> float | Decimal:
    """Round to billionths first and then to the cent, so that no floating-point error shows."""
    if not (math.isfinite(value) and -_NO_CENTS < value < _NO_CENTS):
        return value
    exact = value if isinstance(value, Decimal) else Decimal(round(value * 1e9)).scaleb(-9)
    return cents(exact) + 0  # -0.002 is 0.00, not -0.00


def one_line(text: str) -> str:
    """Return text on one line, without characters that a terminal would interpret or hide."""
    return _CONTROL.sub(" ", text).strip()


def masked(text: str) -> str:
    """Return text with everything that looks like a DigitalOcean token masked.

    Examples
    --------
    >>> masked("no such file: dop_v1_5ec2e7f00d")
    'no such file: [token]'
    """
    return _TOKEN.sub(MASK, text)


def shorten(text: str, most: int) -> str:
    """Return a text, cut to at most this many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def quoted(value: object) -> str:
    """Return a name for use in a sentence: quoted, on one line, and shortened."""
    return f"'{shorten(masked(one_line(str(value))), 60)}'"


def received(value: object) -> str:
    """Return a wrong argument for a message: its repr on one line, masked and shortened."""
    return shorten(masked(one_line(repr(value))), 60)


def plain(text: object, most: int = NAME_LENGTH) -> str:
    """Return text for an HTML page: tokens masked, forbidden characters replaced, shortened."""
    shown = masked(_NOT_IN_HTML.sub("\ufffd", str(text)))
    return shown if len(shown) <= most else f"{shown[:most]}… ({len(shown):,} characters)"


def isolated(text: str) -> str:
    """Isolate text from the writing direction of the text around it."""
    return f"\u2068{unisolated(text)}\u2069"


def unisolated(text: str) -> str:
    """Replace isolating characters, which could end the isolation early."""
    return _ISOLATES.sub("\ufffd", text)


def did_you_mean(name: object, known: Iterable[object]) -> str:
    """Return ``"; did you mean region?"`` for a name close to a known one, else ``""``.

    Examples
    --------
    >>> did_you_mean("Region", ["id", "region"]), did_you_mean("x", ["id"])
    ('; did you mean region?', '')
    """
    from difflib import get_close_matches

    by_lower = {str(candidate).lower(): str(candidate) for candidate in known}
    typed = str(name).lower()
    longer = [one for one in by_lower if len(typed) > 2 and one.startswith(typed[:5])]
    nearest = get_close_matches(typed, by_lower, n=1, cutoff=0.7) or longer[:1]
    return f"; did you mean {by_lower[nearest[0]]}?" if nearest else ""


def measure_words(measure: str) -> tuple[str, str]:
    """Return a name for people for a summary column, and its unit.

    Examples
    --------
    >>> measure_words("monthly_cost_usd"), measure_words("size_gigabytes"), measure_words("images")
    (('known cost', ' USD per month'), ('size', ' GB'), ('images', ''))
    """
    plain_name = measure.removeprefix("allocated_")
    prefix = "" if plain_name == measure else "allocated "
    cost = re.fullmatch("(?:monthly_)?cost_([a-z]{3})", plain_name)
    if cost:
        return f"{prefix}known cost", f" {cost[1].upper()} per month"
    if plain_name in ("size_gigabytes", "gigabytes"):
        return f"{prefix}size", " GB"
    return measure.replace("_", " "), ""


def file_kind(content: bytes) -> str | None:
    """Return the known kind of a file by its first bytes, such as "a Parquet file"."""
    start = content[:100].lstrip(b" \t\r\n")
    return next((kind for magic, kind in _FILE_KINDS.items() if start.startswith(magic)), None)
