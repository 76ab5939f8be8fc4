"""Tokens of doctl's contexts, from its own configuration file, which is read only on request.

https://docs.digitalocean.com/reference/doctl/how-to/install/ describes contexts; the token of
the context named ``default`` is ``access-token``, the others are in ``auth-contexts``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from imagedf.cli._config import user_directory
from imagedf.cli._console import InputError
from imagedf.cli._names import nearest

if TYPE_CHECKING:
    from pathlib import Path


def tokens_of(names: Iterable[str], *, every: bool = False) -> dict[str, str]:
    """Return the tokens of doctl's contexts by name."""
    known = _contexts()
    if every:
        return known
    tokens = {}
    for name in names:
        # doctl writes the names in lower case.
        key = name if name in known else name.casefold()
        if key not in known:
            message = nearest(name, known, "a context of doctl") if known else _NONE
            raise click.UsageError(f"--context: {message}")
        tokens[key] = known[key]
    return tokens


def context_names() -> list[str]:
    """Return the names of doctl's contexts; none if there is no readable file."""
    try:
        return list(_contexts())
    except click.ClickException:
        return []


_NONE = "doctl's configuration has no token; `doctl auth init` creates one"


def _contexts() -> dict[str, str]:
    content = _read(_file())
    named = content.get("auth-contexts") or {}
    tokens = {"default": content.get("access-token")}
    tokens |= named if isinstance(named, Mapping) else {}
    return {str(name): token for name, token in tokens.items() if isinstance(token, str) and token}


def _file() -> Path:
    return user_directory() / "doctl" / "config.yaml"


def _read(file: Path) -> Mapping[str, Any]:
    if find_spec("yaml") is None:
        raise click.UsageError("doctl's contexts need PyYAML: pip install 'imagedf[doctl]'")
    import yaml

    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"can't read doctl's {file}: {error.strerror or error}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        # The cause would quote the file, which contains tokens.
        raise InputError(f"doctl's {file} is not a valid YAML file") from None
    return content if isinstance(content, Mapping) else {}
