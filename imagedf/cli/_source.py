"""The source of a command's images: the options, and which images count."""

from __future__ import annotations

import functools
import os
from typing import Any, Literal, NamedTuple

import click
from click.core import ParameterSource

from imagedf.cli import _complete
from imagedf.cli._console import say
from imagedf.cli._options import INPUT_GROUP, Decorator, Function, count, shared

STDIN = "-"
_VARIABLES = ("DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN")
_TOKENS: dict[str, Any] = {
    "accounts": (),
    "contexts": (),
    "all_contexts": False,
    "token_file": None,
}
"""The options that name tokens, and their values when not given."""
_input = functools.partial(shared, INPUT_GROUP)


class Source(NamedTuple):
    """The options that select the images to read.

    ``scope`` is ``own``, ``public`` or ``all``; None means the listing as the API returns it.
    """

    paths: tuple[str, ...]
    accounts: tuple[str, ...]
    contexts: tuple[str, ...]
    all_contexts: bool
    token_file: str | None
    type: str | None
    private: bool
    scope: str | None
    tag: str | None
    where: tuple[str, ...]
    per_page: int
    workers: int
    on_incomplete: str
    images_only: bool

    @property
    def counted(self) -> str:
        """The images that count, for the label of a total, such as ``own images``."""
        name = "own" if self.own else self.scope or "all"
        filtered = ", filtered" if self.where or self.tag or self.type else ""
        return f"{name} images{filtered}"

    @property
    def own(self) -> bool:
        """Whether only the account's own images are requested."""
        return self.private or self.scope == "own"


_SCOPE = _input(
    "--scope",
    type=click.Choice(["own", "public", "all"]),
    help="Count your own images, DigitalOcean's public ones, or all. Default own.",
)
_PRIVATE = _input("--private", is_flag=True, help="Only the account's own images.")
_TYPE = _input(
    "--type",
    type=click.Choice(["application", "distribution"]),
    help="API filter for public images (not the `type` column).",
)
_FIRST = (
    _input(
        "--from",
        "paths",
        multiple=True,
        metavar="PATH|-",
        type=click.Path(allow_dash=True),
        help="Read saved responses (JSON, NDJSON, a directory) or a Parquet file instead of "
        "calling the API.",
    ),
    _input(
        "--account",
        "accounts",
        multiple=True,
        metavar="NAME=ENVVAR",
        help="Account name and the environment variable holding its token (repeatable). "
        "With --from: NAME of the account.",
        shell_complete=_complete.accounts,
    ),
    _input(
        "--context",
        "contexts",
        multiple=True,
        metavar="NAME",
        help="Use the token of this context in doctl's configuration file (repeatable).",
        shell_complete=_complete.contexts,
    ),
    _input("--all-contexts", is_flag=True, help="Use all contexts of doctl, one account each."),
    _input(
        "--token-file",
        metavar="PATH|-",
        type=click.Path(allow_dash=True),
        help="File containing the token. Default: $DIGITALOCEAN_TOKEN.",
    ),
)
_FILTERS = (
    _input("--tag", metavar="NAME", help="Only images with this tag."),
    _input(
        "--where",
        multiple=True,
        metavar="COLUMN=VALUE",
        help="Only images whose column has this value; also != < <= > >=, and globs such as "
        "name=web-* (repeatable: all must match).",
        shell_complete=_complete.conditions,
    ),
)
_REFUSED = (
    _input("--tag", hidden=True),
    _input("--where", multiple=True, hidden=True),
)
"""The filters for commands that need all images: their own message says what to use instead."""
_LAST = (
    _input(
        "--per-page",
        type=count(200),
        default=200,
        show_default=True,
        help="Images per request, at most 200.",
    ),
    _input(
        "--workers",
        type=count(256),
        default=16,
        show_default=True,
        help="Parallel requests per account, at most 256.",
    ),
    _input(
        "--on-incomplete",
        type=click.Choice(["raise", "warn"]),
        default="raise",
        show_default=True,
        help="'warn' continues with a partial listing. Exit code is 5 either way.",
    ),
)
_IMAGES_ONLY = _input(
    "--images-only",
    is_flag=True,
    help="Request only images; their sources and use stay unknown.",
)
_BY_SCOPE = {
    "choice": (*_FIRST, _SCOPE, _TYPE, *_FILTERS, *_LAST),
    "own": (*_FIRST, *_FILTERS, *_LAST),
    "all own": (*_FIRST, *_REFUSED, *_LAST),
    "bill": (*_FIRST, _SCOPE, _TYPE, *_REFUSED, *_LAST),
    "unfiltered": (*_FIRST, *_LAST),
    "listing": (*_FIRST, _PRIVATE, _TYPE, *_FILTERS, *_LAST),
}


def takes_images(
    scope: Literal["choice", "own", "all own", "bill", "unfiltered", "listing"] = "choice",
    *,
    account: bool = False,
) -> Decorator:
    """Add the options of a source; the command gets them as ``source``.

    ``choice`` adds ``--scope``. ``own`` is for commands about the account's own images only,
    and ``all own`` for those that refuse filters; ``bill`` is the latter with ``--scope``.
    ``unfiltered`` has no filters at all. ``listing`` returns the API's listing.
    ``account`` adds ``--images-only``, for commands that use the account's other data.
    """

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def packed(**options: Any) -> Any:
            return function(source=_source_of(scope, options), **options)

        command: Function = packed
        for option in reversed((*_BY_SCOPE[scope], *([_IMAGES_ONLY] if account else []))):
            command = option(command)
        return command

    return decorate


def _source_of(scope: str, options: dict[str, Any]) -> Source:
    """Return the source, and remove its options from those of the command."""
    absent: dict[str, Any] = dict.fromkeys(("type", "scope", "tag"))
    absent |= {"private": False, "images_only": False, "where": ()}
    _prefer_given_tokens(options)
    given = {name: options.pop(name, absent.get(name)) for name in Source._fields}
    if scope in ("own", "all own", "unfiltered"):
        given["scope"] = "own"
    elif scope in ("choice", "bill"):
        given["scope"] = _chosen(given["scope"], given["type"])
    elif given["private"] and given["type"]:
        raise click.UsageError("use either --private or --type: --type selects public images")
    return Source(**given)


def _prefer_given_tokens(options: dict[str, Any]) -> None:
    """Ignore accounts in the configuration file if the command line or environment names any."""
    context = click.get_current_context()
    from_file = [
        name
        for name in _TOKENS
        if context.get_parameter_source(name) is ParameterSource.DEFAULT_MAP
    ]
    given = options["paths"] or any(options[name] for name in _TOKENS if name not in from_file)
    variable = next((name for name in _VARIABLES if os.environ.get(name, "").strip()), None)
    if not from_file or not (given or variable):
        return
    if not given:
        say(f"using the token of {variable}; the accounts of imagedf.toml are not used")
    for name in from_file:
        options[name] = _TOKENS[name]


def _chosen(scope: str | None, kind: str | None) -> str:
    """Return the scope: ``--type`` is a filter for public images, so it implies them."""
    if kind is not None and scope == "own":
        raise click.UsageError(f"--type {kind} is for public images: use --scope public")
    return scope or ("own" if kind is None else "public")
