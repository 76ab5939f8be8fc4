"""The options of a policy: the images to select, and those to keep even if selected."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from imagedf.cli._options import Function, count, reading, usage_errors

if TYPE_CHECKING:
    from imagedf.savings import Policy

_COUNTS = {
    "last": "",
    "daily": "days",
    "weekly": "ISO weeks",
    "monthly": "months",
    "yearly": "years",
}
_SELECTING = ("older_than", "larger_than", "name", "status_not", "untagged", "gone")


def _gigabytes(text: str) -> float:
    """Read a size in GB."""
    try:
        return float(text)
    except ValueError:
        raise click.BadParameter(f"{text!r:.40} is not a number of GB") from None


_OPTIONS = (
    click.option(
        "--older-than",
        metavar="AGE",
        help="Select images older than this: 90 (days), 90d, 3mo, 1y.",
    ),
    click.option(
        "--larger-than", metavar="GB", type=_gigabytes, help="Select images larger than this size."
    ),
    click.option(
        "--name",
        multiple=True,
        metavar="GLOB",
        help="Select images whose name matches, e.g. 'tmp-*'.",
    ),
    click.option(
        "--status-not",
        multiple=True,
        metavar="STATUS",
        help="Select images whose status is not this.",
    ),
    click.option("--untagged", is_flag=True, help="Select images without tags."),
    click.option("--gone", is_flag=True, help="Select images whose source is not in this account."),
    click.option(
        "--keep-last", metavar="N", type=count(), help="Keep the newest N of each series."
    ),
    *(
        click.option(
            f"--keep-{name}",
            metavar="N",
            type=count(),
            help=f"Keep the newest of each of the last N {unit} of each series.",
        )
        for name, unit in _COUNTS.items()
        if unit
    ),
    click.option(
        "--keep-tag", multiple=True, metavar="TAG", help="Keep images with this tag, or TAG:VALUE."
    ),
    click.option(
        "--keep-name",
        multiple=True,
        metavar="GLOB",
        help="Keep images whose name matches, e.g. 'golden-*'.",
    ),
    click.option(
        "--no-default-keeps",
        is_flag=True,
        help="Don't keep the newest of each series by default; images in use are still kept.",
    ),
    click.option(
        "--policy",
        "policy_file",
        metavar="FILE",
        type=click.Path(),
        help="Read [[select]] and [[keep]] from this TOML file instead of the default policy.",
    ),
)


def takes_policy(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a policy; the command gets them as ``policy``."""

    @functools.wraps(function)
    def packed(**options: Any) -> Any:
        names = (*_SELECTING, *(f"keep_{name}" for name in (*_COUNTS, "tag", "name")))
        chosen = {name: options.pop(name) for name in names}
        path, no_defaults = options.pop("policy_file"), options.pop("no_default_keeps")
        for other in ("verify", "compare"):
            if options.get(other) and any([*chosen.values(), path, no_defaults]):
                raise click.UsageError(f"--{other} uses the policy in the file that it names")
        policy = _policy(chosen, path, no_defaults=no_defaults)
        return function(policy=policy, **options)

    command: Function = packed
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _policy(chosen: dict[str, Any], path: str | None, *, no_defaults: bool) -> Policy:
    """Combine the selection and the keeps; keep options are added to the default keeps."""
    from imagedf.savings import DEFAULT, Policy

    selecting = {name: chosen[name] for name in _SELECTING if _is_given(chosen[name])}
    if path is not None:
        return _of_file(path, chosen, {**selecting, "no_default_keeps": no_defaults})
    defaults = () if no_defaults else DEFAULT.keep
    with usage_errors():
        return Policy(
            [_select(selecting)] if selecting else DEFAULT.select, [*defaults, *_keeps(chosen)]
        )


def _is_given(value: object) -> bool:
    """Return whether an option was given: an empty text, as from an unset variable, was."""
    return value is not None and value is not False and value != ()


def _of_file(path: str, chosen: dict[str, Any], others: dict[str, Any]) -> Policy:
    from imagedf.savings import Policy, load_policy

    for name, value in others.items():
        if _is_given(value):
            raise click.UsageError(
                f"--policy reads the selection from {path}, so --{name.replace('_', '-')} can't "
                "be used"
            )
    with reading():
        policy = load_policy(path)
    with usage_errors():
        return Policy(policy.select, [*policy.keep, *_keeps(chosen)])


def _select(selecting: dict[str, Any]) -> Any:
    from imagedf.savings import Select

    if selecting.pop("gone", False):
        selecting["source"] = "gone"
    return Select(**selecting)


def _keeps(chosen: dict[str, Any]) -> list[Any]:
    from imagedf.savings import Keep

    keeps = {name: chosen[f"keep_{name}"] for name in (*_COUNTS, "tag", "name")}
    given = {name: value for name, value in keeps.items() if value}
    return [Keep(**given)] if given else []
