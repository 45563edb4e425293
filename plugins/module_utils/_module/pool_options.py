# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pool_options module: options of the whole pool, those of ``gluster volume set all``, made the wanted ones."""

from __future__ import annotations

import difflib
from typing import Any, Mapping, NamedTuple

from .._cluster import options, silence
from .._cluster.cli import Cli, ClusterError, Element, text

OP_VERSION = "cluster.op-version"
MAX_OP_VERSION = "cluster.max-op-version"
MAX = "max"
"""As the wanted op-version: the highest one that all members know."""

_DEFAULT = " (DEFAULT)"


class Option(NamedTuple):
    """value: in gluster's words. set: whether somebody has set it, rather than its being the default."""

    value: str
    set: bool


class Result(NamedTuple):
    """changed: whether something is not, or was not, as wanted. before, after: all options by name, in gluster's words."""

    changed: bool
    before: dict[str, str]
    after: dict[str, str]


def parse(root: Element) -> dict[str, Option]:
    """What ``gluster --xml volume get all all`` says. Raises ClusterError where it is of another form."""
    values = {}
    for element in root.iter("Opt"):
        value = text(element, "Value")
        is_default = value.endswith(_DEFAULT)
        values[text(element, "Option")] = Option(value[: -len(_DEFAULT)] if is_default else value, not is_default)
    if OP_VERSION not in values:
        raise ClusterError(f"gluster's answer has no {OP_VERSION}; this version of GlusterFS is not known")
    return values


def read(cli: Cli) -> dict[str, Option]:
    return parse(cli.read("volume", "get", "all", "all"))


def ensure(wanted: Mapping[str, Any], cli: Cli, *, check_mode: bool) -> Result:
    """Make the options the wanted ones; None resets one.

    Raises ValueError before anything is touched, ClusterError where gluster refuses, or says that it did what it did not.
    """
    asked = options.check(wanted)
    # Reading them is a transaction of the pool already, which would wait for a silent member.
    silence.answering(cli)
    current = read(cli)
    _check(asked, current)
    if asked.get(OP_VERSION) == MAX:
        asked[OP_VERSION] = current[MAX_OP_VERSION].value
    before = {name: option.value for name, option in current.items()}
    to_set = options.to_set(asked, before)
    to_reset = [name for name, value in asked.items() if value is None and current[name].set]
    after = {**before, **to_set}
    if check_mode or not (to_set or to_reset):
        return Result(bool(to_set or to_reset), before, after)
    # One command for each: gluster 10.3 sets the first of several options and reports success.
    for name, value in sorted(to_set.items(), key=lambda pair: pair[0] != OP_VERSION):
        cli.write("volume", "set", "all", name, value)
    for name in to_reset:
        cli.write("volume", "reset", "all", name)
    now = read(cli)
    missed = [name for name, value in to_set.items() if not options.same(value, now[name].value)]
    missed += [name for name in to_reset if now[name].set]
    if missed:
        differing = "; ".join(f"{name} is {now[name].value}" for name in missed)
        raise ClusterError(f"gluster reported success, and {differing}; see /var/log/glusterfs/glusterd.log")
    return Result(True, before, {name: option.value for name, option in now.items()})


def _check(asked: options.Wanted, current: Mapping[str, Option]) -> None:
    for name, value in asked.items():
        if name not in current:
            close = difflib.get_close_matches(name, current, n=3) or sorted(current)
            raise ValueError(
                f"option {name!r}: the pool has no option of this name; write {' or '.join(close)}, or give it to a volume"
            )
        if name == MAX_OP_VERSION:
            raise ValueError(f"option {name!r}: is not set but follows from the versions of the members; drop it")
        if name == OP_VERSION:
            _check_op_version(value, int(current[OP_VERSION].value), int(current[MAX_OP_VERSION].value))


def _check_op_version(value: str | None, now: int, highest: int) -> None:
    if value == MAX:
        return
    if value is None or not value.isdecimal():
        raise ValueError(f"option {OP_VERSION!r}: {value!r} is no version; write {MAX}, or a number such as {highest}")
    if int(value) < now:
        raise ValueError(f"option {OP_VERSION!r}: {value} is lower than {now}, the present one, and it only goes up")
    if int(value) > highest:
        raise ValueError(
            f"option {OP_VERSION!r}: {value} is higher than {highest}, the most that all members know; upgrade them first"
        )
