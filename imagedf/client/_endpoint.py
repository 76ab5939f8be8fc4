"""One listing of the API: its path, query, page shape and token scopes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from imagedf.pages import IMAGES as IMAGES_SHAPE
from imagedf.pages import Shape


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A listing of the API: everything in which one listing differs from another.

    Attributes
    ----------
    name : str
        Its name in certificates and messages, such as ``gpu_droplets``; unique in one fetch.
    path : str
        The path, such as ``/v2/droplets``.
    shape : Shape
        What its pages look like.
    query : mapping of str to str
        Query parameters besides ``page`` and ``per_page``.
    scopes : tuple of str
        The token scopes it needs.
    optional : bool
        Whether a 403 (missing scope) counts as a result instead of an error.
    read_twice : bool
        Whether ``verify="auto"`` reads a listing of several pages again.
    """

    name: str
    path: str
    shape: Shape
    query: Mapping[str, str] = field(default_factory=dict, hash=False)
    scopes: tuple[str, ...] = ()
    optional: bool = False
    read_twice: bool = False

    def with_query(self, query: Mapping[str, str]) -> Endpoint:
        """Return the endpoint with other query parameters."""
        return replace(self, query=dict(query))


IMAGES = Endpoint("images", "/v2/images", IMAGES_SHAPE, scopes=("image:read",), read_twice=True)
