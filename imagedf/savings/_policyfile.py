"""Read a policy from TOML."""

from __future__ import annotations

import os
from dataclasses import fields

from imagedf._tomlfile import Entry, read_toml
from imagedf.errors import ImagedfError
from imagedf.savings._policy import TABLES, Policy, Rule
from imagedf.savings._rules import Keep, Select


def load_policy(path: str | os.PathLike[str]) -> Policy:
    r"""Read a policy from TOML.

    Parameters
    ----------
    path : path-like
        A file with ``[[select]]`` and ``[[keep]]`` tables that have the arguments of ``Select``
        and ``Keep``. Defaults are not added: exactly what is written applies.

    Returns
    -------
    Policy
        The policy, to pass to ``find_savings``.

    Raises
    ------
    ImagedfError
        The file is not a valid policy; the message names file, line and key.

    See Also
    --------
    find_savings : Apply a policy.

    Examples
    --------
    >>> import imagedf, tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "policy.toml")
    ...     _ = path.write_text('[[select]]\nolder_than = "90d"\n\n[[keep]]\nlast = 3\n')
    ...     imagedf.load_policy(path)
    Policy(select=[Select(older_than='90d')], keep=[Keep(last=3)])
    """
    file = read_toml(path, *TABLES)
    file.top.check_keys(())
    if not file.entries["select"]:
        raise file.top.wrong("select", "is missing: a policy needs at least one [[select]]")
    return Policy(
        [_rule(entry, Select) for entry in file.entries["select"]],
        [_rule(entry, Keep) for entry in file.entries["keep"]],
    )


def _rule(entry: Entry, kind: type[Rule]) -> Rule:
    entry.check_keys([field.name for field in fields(kind)])
    try:
        return kind(**entry.table)
    except ImagedfError:
        raise
    except (TypeError, ValueError) as error:
        key = next((name for name in entry.table if str(error).startswith(f"{name} ")), "")
        raise entry.wrong(key, str(error).removeprefix(f"{key} ")) from error
