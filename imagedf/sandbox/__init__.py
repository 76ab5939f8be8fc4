"""A local mock of the DigitalOcean API on loopback, with two fictional accounts."""

from imagedf.sandbox._accounts import REFERENCE, REGIONS, many_images, sample_accounts
from imagedf.sandbox._api import Api
from imagedf.sandbox._droplets import large_world, make_droplet
from imagedf.sandbox._endpoints import SCOPES
from imagedf.sandbox._responses import Answer, Fault, Request, on_page, on_path, status
from imagedf.sandbox._sample import sample_worlds
from imagedf.sandbox._server import Sandbox
from imagedf.sandbox._world import World

__all__ = [
    "REFERENCE",
    "REGIONS",
    "SCOPES",
    "Answer",
    "Api",
    "Fault",
    "Request",
    "Sandbox",
    "World",
    "large_world",
    "make_droplet",
    "many_images",
    "on_page",
    "on_path",
    "sample_accounts",
    "sample_worlds",
    "status",
]
