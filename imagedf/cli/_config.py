"""Defaults for any option from ``imagedf.toml``; options and the environment take precedence."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from imagedf.cli._console import InputError
from imagedf.cli._names import nearest

if TYPE_CHECKING:
    from pathlib import Path

VARIABLE = "IMAGEDF_CONFIG"
_OWN_SECTION_ONLY = {"export": ("history",)}
"""Options that change what a command does, so that a default for all commands doesn't set them."""
_ONE_COMMAND_ONLY = "output"
"""A file to write: as a default for all commands, each would replace that of the one before."""
_NOT_FROM_FILE = ("help", "version", "config")


def user_directory() -> Path:
    """Return the user's configuration directory, like Go's ``os.UserConfigDir``."""
    from pathlib import Path

    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Application Support"
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming")
    return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")


def load_defaults(context: click.Context, path: str | None) -> None:
    """Set the values of the configuration file as defaults of the command that runs."""
    from pathlib import Path

    file = Path(path) if path else _default_file()
    if not path and not file.is_file():
        return
    values = _read(file)
    group = context.command
    assert isinstance(group, click.Group)  # noqa: S101 # the root command
    name = str(context.invoked_subcommand)
    common = {key: value for key, value in values.items() if not isinstance(value, Mapping)}
    _check_names(file, values, group)
    if name in group.commands:
        for option in _OWN_SECTION_ONLY.get(name, ()):
            common.pop(option, None)
        chosen = {**common, **values.get(name, {})}
        context.default_map = {name: _defaults_of(group.commands[name], chosen)}


def history_in_file(context: click.Context) -> str | None:
    """Return the history that the file sets for a command being completed, which runs nothing."""
    from pathlib import Path

    given = context.find_root().params.get("config")
    try:
        values = _read(Path(given) if given else _default_file())
    except InputError:
        return None
    own = values.get(str(context.info_name))
    history = {**values, **(own if isinstance(own, Mapping) else {})}.get("history")
    return history if isinstance(history, str) else None


def _default_file() -> Path:
    return user_directory() / "imagedf" / "imagedf.toml"


def _read(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"can't read {file}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file} is not a valid TOML file: {error}") from error


def _options_of(command: click.Command) -> dict[str, click.Option]:
    """Return the options that a file can set, by their long names without dashes.

    ``no-header = true`` and ``header = false`` are the same.
    """
    return {
        key: option
        for option in command.params
        if isinstance(option, click.Option) and option.name not in _NOT_FROM_FILE
        for name in option.opts
        if name.startswith("--")
        for key in (name[2:], name[2:].removeprefix("no-"))
    }


def _check_names(file: Path, values: Mapping[str, Any], group: click.Group) -> None:
    """Raise for names that are neither an option nor a command: they would have no effect."""
    commands = {name: set(_options_of(command)) for name, command in group.commands.items()}
    every = sorted(set().union(*commands.values()) - {_ONE_COMMAND_ONLY})
    for key, value in values.items():
        if not isinstance(value, Mapping):
            if key not in every:
                raise InputError(f"{file}: {nearest(key, every, 'an option')}")
        elif key not in commands:
            raise InputError(f"{file}: [{key}]: {nearest(key, commands, 'a command')}")
        else:
            for name in value:
                if name not in commands[key]:
                    known = sorted(commands[key])
                    raise InputError(f"{file}: [{key}]: {nearest(name, known, 'an option here')}")


def _defaults_of(command: click.Command, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the defaults of one command by parameter name."""
    options = _options_of(command)
    defaults: dict[str, Any] = {}
    for name, value in values.items():
        option = options.get(name)
        if option is not None:
            defaults[str(option.name)] = _value_of(option, name, value)
    return defaults


def _value_of(option: click.Option, name: str, value: Any) -> Any:
    """Return a value of the file in the form click expects: several values as a list of text."""
    if option.is_flag or isinstance(value, bool):
        if not isinstance(value, bool) or not option.is_flag:
            raise InputError(f"imagedf.toml: {name} = {value!r:.60} is not a valid value")
        given = value if f"--{name}" in option.opts else not value
        return given if option.flag_value is not False else not given
    if option.multiple:
        return [str(item) for item in (value if isinstance(value, list) else [value])]
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
