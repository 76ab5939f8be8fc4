"""A policy: the images to select for deletion, and those to keep even if selected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from imagedf._text import in_html, received
from imagedf.savings._rules import Keep, Select, given, set_fields

Rule = TypeVar("Rule", Select, Keep)
TABLES = ("select", "keep")


@dataclass(frozen=True, slots=True, repr=False)
class Policy:
    """Rules for deletion: images that any ``Select`` selects and no ``Keep`` keeps.

    Images that are known to be in use are also kept. Only your own snapshots and custom images
    can be deletable, whatever the policy says.

    Parameters
    ----------
    select : sequence of Select
        An image is selected if any of these matches. Without any, nothing is deletable.
    keep : sequence of Keep
        An image is kept if any of these keeps it.

    Raises
    ------
    TypeError
        ``select`` or ``keep`` contains something else.

    Examples
    --------
    >>> from imagedf import Keep, Policy, Select
    >>> policy = Policy(select=[Select(older_than="90d")], keep=[Keep(last=3), Keep(tag="keep")])
    >>> policy
    Policy(select=[Select(older_than='90d')], keep=[Keep(last=3), Keep(tag='keep')])
    >>> print(policy)
    Selected: older than 90 days. Kept: newest 3 of its series; tag keep; images in use.
    """

    select: Sequence[Select] = ()
    keep: Sequence[Keep] = ()

    def __post_init__(self) -> None:
        set_fields(self, select=_rules(self.select, Select), keep=_rules(self.keep, Keep))

    def __repr__(self) -> str:
        parts = (f"{name}=[{', '.join(map(repr, getattr(self, name)))}]" for name in TABLES)
        text = f"Policy({', '.join(parts)})"
        return text if len(text) <= 200 else f"{text[:198]}…)"

    def __str__(self) -> str:
        selected = "; or ".join(rule.label for rule in self.select) or "nothing"
        kept = [part.label for rule in self.keep for part in rule.parts]
        return f"Selected: {selected}. Kept: {'; '.join([*kept, 'images in use'])}."

    def _repr_html_(self) -> str:
        rules = [*self.select, *self.keep]
        return f"<ul>{''.join(f'<li>{in_html(repr(rule))}</li>' for rule in rules)}</ul>"

    def to_dict(self) -> dict[str, list[dict[str, Any]]]:
        """Return the rules as TOML and JSON write them."""
        return {
            "select": [given(rule) for rule in self.select],
            "keep": [given(rule) for rule in self.keep],
        }

    @classmethod
    def from_dict(cls, rules: Mapping[str, Any]) -> Policy:
        """Return the policy that ``to_dict`` wrote."""
        return cls(
            [Select(**rule) for rule in rules["select"]], [Keep(**rule) for rule in rules["keep"]]
        )


def _rules(value: object, kind: type[Rule]) -> tuple[Rule, ...]:
    """Return one or several rules as a tuple without duplicates."""
    if isinstance(value, kind):
        return (value,)
    if not isinstance(value, Iterable) or isinstance(value, str | bytes | Mapping):
        raise TypeError(f"expected {kind.__name__}, or a list of them, not {received(value)}")
    rules = list(value)
    for rule in rules:
        if not isinstance(rule, kind):
            raise TypeError(f"expected a list of {kind.__name__}, not {received(rule)}")
    return tuple(dict.fromkeys(rules))


DEFAULT = Policy([Select(older_than=90)], [Keep(last=1)])
"""The default policy: older than 90 days, keeping the newest of each series.

90 days is the age in the Powerpipe DigitalOcean Thrifty mod:
https://hub.powerpipe.io/mods/turbot/digitalocean_thrifty
"""
