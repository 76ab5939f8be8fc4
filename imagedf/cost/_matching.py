"""Match the lines of an invoice to the stored resources that they name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from imagedf.cost._invoice_lines import InvoiceLine
from imagedf.cost._rates import VOLUME_SNAPSHOT
from imagedf.cost._stored import BACKUP, Stored, classes_of

MATCHES = (
    "resource id",
    "resource uuid",
    "droplet",
    "name",
    "estimate only",
    "invoice only",
    "other product",
    "excluded",
)
BY_ID, BY_UUID, BY_DROPLET, BY_NAME, ESTIMATE, INVOICE, OTHER, EXCLUDED = MATCHES
_HOW = {VOLUME_SNAPSHOT: BY_UUID, BACKUP: BY_DROPLET}
_Named = tuple[str, str]
"""A billing class, and an id or a name within it."""


@dataclass(slots=True)
class Group:
    """Stored resources and invoice lines that belong together."""

    match: str
    billing_class: str | None = None
    stored: list[Stored] = field(default_factory=list)
    lines: list[InvoiceLine] = field(default_factory=list)
    note: str | None = None


class _Index:
    """Stored resources by the ids and names in lines; those that share an id are one group."""

    def __init__(self, stored: Sequence[Stored], lines: Sequence[InvoiceLine]) -> None:
        self.groups: list[Group] = []
        self._by_id: dict[_Named, Group] = {}
        self._by_name: dict[_Named, list[Group]] = defaultdict(list)
        for resource in stored:
            self._add(resource)
        self._repeated = Counter(
            (line.invoice, classes_of(line.product), line.description)
            for line in lines
            if not _has_id(line)
        )

    def _add(self, resource: Stored) -> None:
        match = EXCLUDED if resource.excluded else ESTIMATE
        group = Group(match, resource.billing_class, note=resource.excluded)
        number = resource.uuid or (None if resource.id is None else str(resource.id))
        if not resource.excluded and resource.billing_class is not None and number is not None:
            group = self._by_id.setdefault((resource.billing_class, number), group)
        if not group.stored:
            self.groups.append(group)
        group.stored.append(resource)
        for name in () if resource.excluded else resource.names:
            groups = self._by_name[(resource.billing_class or "", name)]
            if group not in groups:
                groups.append(group)

    def find(self, line: InvoiceLine, classes: tuple[str, ...]) -> tuple[str, Group | None, str]:
        """Return how a line names its resource and which one, or why it names none."""
        if not _has_id(line):
            return BY_NAME, *self._named(line, classes)
        keys = [(name, key_of(line, name)) for name in classes]
        found = next((self._by_id[key] for key in keys if key in self._by_id), None)
        return _HOW.get(found.billing_class or "", BY_ID) if found else BY_ID, found, ""

    def _named(self, line: InvoiceLine, classes: tuple[str, ...]) -> tuple[Group | None, str]:
        found = [group for name in classes for group in self._by_name[(name, line.description)]]
        if len(found) > 1:
            return None, f"{len(found)} stored resources have this name"
        if found and self._repeated[(line.invoice, classes, line.description)] > 1:
            return None, "several lines have this name"
        return next(iter(found), None), ""


def _has_id(line: InvoiceLine) -> bool:
    return bool(line.resource_id or line.resource_uuid)


def key_of(line: InvoiceLine, billing_class: str) -> str:
    """Return the key that identifies the resource of a line within a billing class."""
    if billing_class == VOLUME_SNAPSHOT:
        return line.resource_uuid or line.resource_id or ""
    return line.resource_id or ""


def match_lines(stored: Sequence[Stored], lines: Sequence[InvoiceLine]) -> list[Group]:
    """Return groups that contain every line and every stored resource exactly once."""
    index = _Index(stored, lines)
    unmatched: dict[tuple[str, str, str], Group] = {}
    for line in lines:
        classes = classes_of(line.product)
        how, group, note = index.find(line, classes)
        if group is not None:
            group.match = how if group.match == ESTIMATE else group.match
        elif classes:
            name = _likely(line, classes)
            key = (INVOICE, name, key_of(line, name) or line.description)
            group = unmatched.setdefault(key, Group(INVOICE, name, note=note or None))
        else:
            group = unmatched.setdefault((OTHER, line.product, ""), Group(OTHER))
        group.lines.append(line)
    return [*index.groups, *unmatched.values()]


def _likely(line: InvoiceLine, classes: tuple[str, ...]) -> str:
    """Return the class of a line that names nothing stored: a UUID alone means a volume's."""
    only_uuid = line.resource_uuid and not line.resource_id
    return VOLUME_SNAPSHOT if only_uuid and VOLUME_SNAPSHOT in classes else classes[0]
