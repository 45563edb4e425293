# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The arguments of the module mounts: each entry is that of the module mount, and takes what it does not say from outside of the list."""

from __future__ import annotations

import re
from typing import Any, Mapping, NamedTuple, Sequence

from .._host import fstab
from .._mount import model
from . import mount_arguments
from .mount_arguments import WITH_SOURCE, Arguments

_OF_ENTRIES = {"path"}
TAKEN_AWAY = ("unmounted", "absent")
"""States after which nothing is mounted."""
_GROUP = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\Z")

ENTRY: Mapping[str, Mapping[str, Any]] = {
    name: {key: value for key, value in rule.items() if key != "default"}
    for name, rule in mount_arguments.ARGUMENTS.items()
}
"""What an entry takes, as Ansible takes it: nothing by default, since what stands outside is."""

ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "mounts": {"type": "list", "elements": "dict", "options": ENTRY, "required": True},
    "group": {"type": "str"},
    "exclusive": {"type": "bool", "default": False},
    **{name: rule for name, rule in mount_arguments.ARGUMENTS.items() if name not in _OF_ENTRIES},
}


class Entry(NamedTuple):
    """One entry. params: all that it says, with what stands outside; arguments: the same, checked."""

    params: Mapping[str, Any]
    arguments: Arguments


class Wanted(NamedTuple):
    """The whole list.

    unlisted: the arguments of a mount that is not in it, and goes; its path is to be filled in. files: fstab, and where else the entries have their lines.
    """

    entries: tuple[Entry, ...]
    group: str
    exclusive: bool
    unlisted: Arguments
    files: tuple[str, ...]


def check(params: Mapping[str, Any]) -> Wanted:
    """Check all arguments before anything is touched. Raises ValueError with a line for each that is wrong: which entry, which value, which rule."""
    wrong = []
    group = params["group"] or ""
    if params["group"] is not None and not _GROUP.match(group):
        wrong.append(
            f"group {group!r}: must have 1 to 64 letters, digits, hyphens, underscores and dots, and not begin with a hyphen or a dot, as in web"
        )
    if params["exclusive"] and not group:
        wrong.append(
            "exclusive: true takes away what carries the same group and is not listed, and no group is named; add one, as in group: web"
        )
    entries = []
    for number, given in enumerate(params["mounts"]):
        try:
            entries.append(_entry(given, params, group))
        except ValueError as error:
            wrong.append(f"mounts[{number}] ({given.get('path')}): {error}")
    wrong += _conflicts([entry.arguments for entry in entries])
    if wrong:
        raise ValueError("\n".join(wrong))
    outside = {name: params[name] for name in mount_arguments.ARGUMENTS if name in params}
    nothing = dict.fromkeys(("volume", "subdir", "servers", "prefer", "opts"))
    unlisted = mount_arguments.check({**outside, **nothing, "path": "/unlisted", "state": "absent"})
    files = (unlisted.fstab_file, *(entry.arguments.fstab_file for entry in entries))
    return Wanted(tuple(entries), group, params["exclusive"], unlisted, tuple(dict.fromkeys(files)))


def check_places(entries: Sequence[Arguments]) -> None:
    """Refuse entries that turn out to be of one place, or above one another, once their paths are free of symbolic links. Raises ValueError."""
    wrong = _conflicts(entries)
    if wrong:
        raise ValueError("\n".join(wrong))


def above(path: str, paths: Sequence[str]) -> tuple[str, ...]:
    """Those of ``paths`` that ``path`` lies below."""
    return tuple(other for other in paths if fstab.is_below(path, other))


def below(path: str, paths: Sequence[str]) -> tuple[str, ...]:
    """Those of ``paths`` that lie below ``path``."""
    return tuple(other for other in paths if fstab.is_below(other, path))


def _entry(given: Mapping[str, Any], params: Mapping[str, Any], group: str) -> Entry:
    said = {name: value for name, value in given.items() if value is not None}
    outside = {name: params[name] for name in mount_arguments.ARGUMENTS if name in params}
    whole = {**outside, **said}
    opts = list(whole["opts"] or [])
    if any(option.strip().startswith(f"{model.GROUP}=") for text in opts for option in text.split(",")):
        raise ValueError(f"option {model.GROUP} is refused: say it by group, which is that of all entries")
    whole["opts"] = [*opts, f"{model.GROUP}={group}"] if group else opts
    missing = [name for name in ("volume", "servers") if not whole[name]] if whole["state"] in WITH_SOURCE else []
    if missing:
        raise ValueError(f"{' and '.join(missing)} is missing; say it in the entry, or outside of the list for all")
    return Entry(whole, mount_arguments.check(whole))


def _conflicts(entries: Sequence[Arguments]) -> list[str]:
    """What no order of the entries could make."""
    wrong = []
    taken: dict[str, str] = {}
    logs: dict[str, str] = {}
    for entry in entries:
        name = _name(entry)
        if entry.path in taken:
            wrong.append(f"{taken[entry.path]} and {name} are one mount point; keep one of them")
        taken[entry.path] = name
        log = entry.spec.options.value("log-file") if entry.state in WITH_SOURCE else None
        if log and logs.setdefault(fstab.normal(log), name) != name:
            wrong.append(
                f"{logs[fstab.normal(log)]} and {name} have one log-file, by which it could not be told which of them failed; name one for each"
            )
    kept = {entry.path: _name(entry) for entry in entries if entry.state == "unmounted"}
    for entry in entries:
        for path in above(entry.path, tuple(kept)) if entry.state in ("mounted", "remounted") else ():
            wrong.append(
                f"{_name(entry)} lies below {kept[path]}, which shall not be mounted and may be by its line in fstab; write state: absent for that"
            )
    return wrong


def _name(entry: Arguments) -> str:
    """The path as it was given, and where that leads."""
    given = entry.paths[-1]
    return given if given == entry.path else f"{given} (a link to {entry.path})"
