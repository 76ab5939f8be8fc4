"""``imagedf help``: the help of a command, like ``--help``."""

from __future__ import annotations

import click

from imagedf.cli._names import nearest
from imagedf.cli._options import Command


def _names(context: click.Context, _argument: click.Parameter, typed: str) -> list[str]:
    group = context.find_root().command
    names = group.list_commands(context) if isinstance(group, click.Group) else []
    return [name for name in names if name.startswith(typed)]


@click.command("help", cls=Command, epilog="Example: imagedf help cost")
@click.argument("name", metavar="[COMMAND]", required=False, shell_complete=_names)
@click.pass_context
def help_command(context: click.Context, name: str | None) -> None:
    """Show the help of a command."""
    root = context.find_root()
    group = root.command
    if name is None or not isinstance(group, click.Group):
        click.echo(group.get_help(root))
        return
    command = group.get_command(root, name)
    if command is None:
        raise click.UsageError(nearest(name, group.list_commands(root), "a command"))
    click.echo(command.get_help(click.Context(command, info_name=name, parent=root)))
