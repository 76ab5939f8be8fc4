"""Read an account from saved responses of its endpoints."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from imagedf.account._account import Account
from imagedf.account._build import Part, build_account
from imagedf.account._check import compared, marked, problems_of
from imagedf.account._endpoints import ENDPOINTS
from imagedf.account._pages import SavedPage, saved_pages
from imagedf.account._saved import certified
from imagedf.errors import ImagedfError, IncompleteListingWarning
from imagedf.files import Source, check_account, read_parts

_Listed = dict[str, list[SavedPage]]


def read_account(source: Source, *, account: str = "default") -> Account:
    """Read saved responses of an account's endpoints into an ``Account``.

    Parameters
    ----------
    source : path, directory, open file, bytes, dict, model, or a list of any of these
        Pages of the API, or lists as doctl prints them with ``-o json``, of any of these
        endpoints: images (required), snapshots, Droplets, backup policies, autoscale pools,
        volumes. In a directory, all ``.json``, ``.ndjson`` and ``.jsonl`` files are read. The
        endpoint is recognized from the objects; an empty list needs a file name that begins with
        ``images``, ``droplet_snapshots``, ``volume_snapshots``, ``droplets``, ``gpu_droplets``,
        ``backup_policies``, ``autoscale_pools`` or ``volumes``.
    account : str, default "default"
        The account's name for every row.

    Returns
    -------
    Account
        As from ``fetch_account``. Frames without saved responses are None, which means unknown;
        Droplets need both lists (``doctl compute droplet list`` leaves out GPU Droplets,
        ``--gpus`` lists them). Listings without a total are unverified, so they can't prove that
        a Droplet is gone or an image unused.

    Raises
    ------
    TypeError, ValueError
        ``source`` has an unsupported type, or ``account`` is not a name.
    PageError
        A response is not a page of any of these endpoints; the message names file and field.
    ImagedfError
        A file can't be read, or there are no images.

    Warns
    -----
    IncompleteListingWarning
        A total or a next link shows that something is missing, or endpoints disagree.

    See Also
    --------
    fetch_account : Fetch an account from the API.
    read_images : Read only the images.

    Examples
    --------
    >>> import imagedf
    >>> image = {"id": 7, "name": "web", "type": "snapshot", "size_gigabytes": 2.5}
    >>> volume = {"id": "a1", "name": "data", "droplet_ids": [3], "size_gigabytes": 10}
    >>> pages = [{"images": [image], "meta": {"total": 1}}, {"volumes": [volume]}]
    >>> account = imagedf.read_account(pages)
    >>> account.volumes[["name", "size_gigabytes"]]
       name  size_gigabytes
    0  data            10.0
    """
    check_account(account)
    pages = [page for part in read_parts(source) for page in saved_pages(part)]
    listed = _by_endpoint(pages)
    if "images" not in listed:
        raise ImagedfError("the saved responses contain no images: add the pages of /v2/images")
    parts = {(account, name): part for name, part in _parts(listed, account)}
    notes = dict.fromkeys(note for page in pages for note in page.notes)
    read = build_account(_without_hidden(parts, account), "saved responses", tuple(notes))
    different = compared(read)
    if problems := problems_of(read, different):
        message = f"the saved responses are marked incomplete. {'. '.join(problems)}"
        warnings.warn(message, IncompleteListingWarning, stacklevel=2)
    return marked(read, different)


def _by_endpoint(pages: Sequence[SavedPage]) -> _Listed:
    """Group pages by endpoint; an empty Droplet list next to another is that of GPU Droplets."""
    listed: _Listed = {}
    for page in pages:
        listed.setdefault(page.endpoint, []).append(page)
    droplets = listed.get("droplets", [])
    empty = [page for page in droplets if _is_empty_listing(page)]
    if empty and len(empty) < len(droplets) and "gpu_droplets" not in listed:
        listed["gpu_droplets"] = empty
        listed["droplets"] = [page for page in droplets if page not in empty]
    return listed


def _is_empty_listing(page: SavedPage) -> bool:
    part = certified([page], "default", ENDPOINTS["droplets"])
    return part.rows is not None and not len(part.rows) and part.certificate.total_last == 0


def _parts(listed: _Listed, account: str) -> Iterator[tuple[str, Part]]:
    """Yield each endpoint with its rows; a listing with both kinds of snapshots yields both."""
    of_kind = _snapshots(listed.get("snapshots", []), account)
    for name, endpoint in ENDPOINTS.items():
        if name in listed:
            yield name, certified(listed[name], account, endpoint)
        elif name in of_kind:
            yield name, of_kind[name]


def _snapshots(pages: Sequence[SavedPage], account: str) -> dict[str, Part]:
    """Return the kinds of snapshots in pages that no file name distinguishes.

    Pages with the same total belong to one listing, unless each kind has that many.
    """
    endpoints = {name: ENDPOINTS[f"{name}_snapshots"] for name in ("droplet", "volume")}
    by_total: dict[int | None, list[SavedPage]] = {}
    kinds_of: dict[SavedPage, set[str]] = {}
    for page in pages:
        part = certified([page], account, endpoints["droplet"])
        by_total.setdefault(part.certificate.total_last, []).append(page)
        kinds_of[page] = _kinds(part.rows)
    found: dict[str, Part] = {}
    for same in by_total.values():
        for kind, endpoint in endpoints.items():
            only = [page for page in same if kinds_of[page] == {kind}]
            part = certified(only, account, endpoint)
            if not part.certificate.complete:
                part = certified(same, account, endpoint)
            if kind in _kinds(part.rows):
                found[endpoint.name] = part
    return found


def _kinds(rows: pa.Table | None) -> set[str]:
    return set() if rows is None else set(rows.column("resource_type").to_pylist())


def _without_hidden(
    parts: dict[tuple[str, str], Part], account: str
) -> dict[tuple[str, str], Part]:
    """Mark Droplets as unreadable if the token could not read their backups and snapshots.

    Without ``image:read``, the API lists Droplets with empty ``backup_ids`` and
    ``snapshot_ids``, which say nothing about images.
    """
    keys = [(account, "droplets"), (account, "gpu_droplets")]
    tables = [parts[key].rows for key in keys if key in parts]
    if not any(map(_backed_up, tables)) or any(map(_has_ids, tables)):
        return parts
    return {key: part.unreadable("image:read") if key in keys else part
            for key, part in parts.items()}  # fmt: skip


def _backed_up(droplets: pa.Table) -> bool:
    return "backups" in droplets.column("features").combine_chunks().flatten().to_pylist()


def _has_ids(droplets: pa.Table) -> bool:
    lists = (droplets.column(name) for name in ("backup_ids", "snapshot_ids"))
    return any(pc.sum(pc.list_value_length(column)).as_py() for column in lists)
