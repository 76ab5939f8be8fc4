"""Recognize the endpoint of saved responses, and convert them to pages of the API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from typing import Any, NamedTuple

from imagedf.errors import PageError
from imagedf.files import Part, documents_in

Object = dict[str, Any]


class SavedPage(NamedTuple):
    """One page of one endpoint: its body, its file, and notes about it."""

    endpoint: str
    body: bytes
    file: str
    notes: tuple[str, ...] = ()


_KEYS = {
    "images": "images",
    "snapshots": "snapshots",
    "droplets": "droplets",
    "policies": "backup_policies",
    "autoscale_pools": "autoscale_pools",
    "volumes": "volumes",
}
"""The key of the list in a page, and its endpoint; ``snapshots`` may be of either kind."""
_KEY_OF = {endpoint: key for key, endpoint in _KEYS.items()} | {
    "droplet_snapshots": "snapshots",
    "volume_snapshots": "snapshots",
    "gpu_droplets": "droplets",
}
_STEMS = {
    "droplet_snapshots": "droplet_snapshots",
    "volume_snapshots": "volume_snapshots",
    "snapshots": "snapshots",
    "gpu_droplets": "gpu_droplets",
    "droplets_gpu": "gpu_droplets",
    "droplets": "droplets",
    "backup_policies": "backup_policies",
    "policies": "backup_policies",
    "autoscale": "autoscale_pools",
    "pools": "autoscale_pools",
    "volumes": "volumes",
    "images": "images",
}
"""Beginnings of file names; the first that matches determines the endpoint."""
_SIGNS: tuple[tuple[str, Callable[[Object], bool]], ...] = (
    ("snapshots", lambda item: "resource_type" in item or "resource_id" in item),
    ("autoscale_pools", lambda item: "droplet_template" in item),
    ("backup_policies", lambda item: "backup_policy" in item or "droplet_id" in item),
    ("droplets", lambda item: "size_slug" in item or {"vcpus", "image"} <= item.keys()),
    ("volumes", lambda item: "droplet_ids" in item or "filesystem_type" in item),
)
"""Fields that only the objects of one endpoint have."""
_LISTS = ("backup_ids", "snapshot_ids", "volume_ids", "droplet_ids", "features", "tags", "regions")


def saved_pages(part: Part) -> Iterator[SavedPage]:
    """Yield the pages in one file or object.

    Raises
    ------
    PageError
        A response is not from an endpoint of an account; the message names the file.
    """
    try:
        yield from _pages(part)
    except PageError as error:
        if part.name and not str(error).startswith(part.name):
            error.args = (f"{part.name}: {error}",)
        raise


def _pages(part: Part) -> Iterator[SavedPage]:
    stem = _stem(part.name)
    content = part.content.strip()
    lines = [line for line in content.splitlines() if line.strip()]
    values = _parsed(content)
    if values is None and len(lines) > 1:
        parsed = [_parsed(line) for line in lines]
        values = parsed if all(isinstance(item, dict) for item in parsed) else None
    if isinstance(values, dict):
        yield _page(values, content, part, stem)
    elif isinstance(values, list) and values and all(map(_key_of, values)):
        for item in values:
            yield _page(item, json.dumps(item).encode(), part, stem)
    elif isinstance(values, list) or content == b"null":
        yield from _bare(values or [], part, stem)
    else:
        yield from _images(part)


def _stem(name: str) -> str | None:
    """Return the endpoint that a file is named after."""
    stem = PurePath(name).stem.lower().replace("-", "_").replace(" ", "_")
    return next((found for begin, found in _STEMS.items() if stem.startswith(begin)), None)


def _parsed(content: bytes) -> Any:
    """Return parsed JSON, or None for content that the strict parser has to reject."""
    try:
        return json.loads(content.removeprefix(b"\xef\xbb\xbf").decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def _key_of(value: object) -> str | None:
    """Return the key of the list in a page."""
    if not isinstance(value, dict):
        return None
    return next((key for key in _KEYS if isinstance(value.get(key), list | dict)), None)


def _page(page: Object, body: bytes, part: Part, stem: str | None) -> SavedPage:
    key = _key_of(page)
    if key in (None, "images"):
        (document,) = documents_in(body)
        return SavedPage("images", document.body, part.name, document.notes)
    endpoint = _KEYS[str(key)]
    named = stem if stem and _KEY_OF.get(stem) == key else endpoint
    return SavedPage(_gpu_or_all(named, page[str(key)]), body, part.name)


def _gpu_or_all(endpoint: str, objects: Any) -> str:
    """Return the endpoint of GPU Droplets if all Droplets have a GPU."""
    if endpoint != "droplets" or not isinstance(objects, list):
        return endpoint
    found = [item for item in objects if isinstance(item, dict)]
    return "gpu_droplets" if found and all(map(_has_gpu, found)) else endpoint


def _has_gpu(droplet: Object) -> bool:
    return "gpu_info" in droplet or str(droplet.get("size_slug")).startswith("gpu-")


def _bare(values: list[Any], part: Part, stem: str | None) -> Iterator[SavedPage]:
    """Yield a list of objects, as doctl prints it, as one page."""
    objects = [item for item in values if isinstance(item, dict)]
    endpoint = next((name for name, sign in _SIGNS if any(map(sign, objects))), None)
    if endpoint is None and stem not in (None, "images") and not values:
        endpoint = stem
    if endpoint is None:
        yield from _images(part)
        return
    named = stem if stem and _KEY_OF.get(stem) == _KEY_OF.get(endpoint) else endpoint
    listed: Any = _filled(objects) if len(objects) == len(values) else values
    if endpoint == "backup_policies":
        listed = {str(item.get("droplet_id")): item for item in _filled(objects)}
    body = json.dumps({_KEY_OF[endpoint]: listed}).encode()
    yield SavedPage(_gpu_or_all(named or endpoint, listed), body, part.name)


def _filled(objects: list[Object]) -> list[Object]:
    """Restore the empty lists and false values that doctl's ``omitempty`` leaves out."""
    if any(_is_empty(value) for item in objects for value in item.values()):
        return objects
    absent: Mapping[str, Callable[[], Any]] = {
        name: list for name in _LISTS if any(name in item for item in objects)
    }
    if any("backup_enabled" in item for item in objects):
        absent = {**absent, "backup_enabled": bool}
    return [{name: make() for name, make in absent.items()} | item for item in objects]


def _is_empty(value: object) -> bool:
    return value is None or value is False or value in (0, "") or value in ([], {})


def _images(part: Part) -> Iterator[SavedPage]:
    for document in documents_in(part.content):
        yield SavedPage("images", document.body, part.name, document.notes)
