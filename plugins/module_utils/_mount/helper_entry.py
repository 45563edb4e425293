# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A line of fstab of type glusterfs_failover: written from what is wanted, read back into it.

``gfs1,gfs2:/web/sub /srv/web glusterfs_failover _netdev,nofail,order=listed,ro``: the options are those of mount.glusterfs and the engine's own, which have the
names of the module's arguments with hyphens. What mount(8) and systemd keep for themselves is passed over.
"""

from __future__ import annotations

import re
from typing import Any, Iterable, Mapping, NamedTuple, Sequence

from .._gluster import fstab_entry
from .._gluster import options as mount_options
from .._gluster.validate import (
    LIMITS,
    check_limits,
    check_no_snapshot,
    check_path,
    check_servers,
    check_subdir,
    check_volume,
)
from .._gluster.volfile import REQUIRE
from .._host import systemd
from .._host.fstab import Entry
from .._host.immutable import SEAL
from . import model
from .order import ORDERS

TYPE = fstab_entry.FAILOVER_TYPE

MOUNT_TIMEOUT_MORE = 30
"""Seconds that systemd waits longer than timeout_total: for the last try, the looks at a hung mount and the undoing."""

_DEFAULTS = model.MountSpec("", "", "", (), "", mount_options.Options((), ()))
_GUARDS = {"guard": True, "noguard": False}
_FOR_MOUNT = frozenset(
    {"user", "nouser", "users", "nousers", "owner", "noowner", "group", "nogroup", "comment", "_rnetdev"}
)
"""Options of mount(8) itself, beyond those that the engine passes over."""


class Request(NamedTuple):
    """What a line, or a call of the helper, asks for.

    boot: whether the line mounts at boot. automount: whether systemd mounts on the first access.
    """

    spec: model.MountSpec
    boot: bool = True
    automount: bool = False


def parse(source: str, path: str, options: Iterable[str], *, sloppy: bool = False) -> Request:
    """Read source, mount point and options; each of the options may itself be a comma-separated list.

    sloppy: pass over options that nobody knows, as ``mount -s`` asks.
    Raises ValueError: which value, which rule it breaks, what to write instead.
    """
    servers, sign, rest = source.partition(":/")
    if not sign or not servers:
        raise ValueError(
            f"source {source!r}: must be servers and volume, as in gfs1,gfs2,gfs3:/web or gfs1,gfs2,gfs3:/web/sub"
        )
    volume, _slash, subdir = rest.partition("/")
    check_no_snapshot(volume, subdir)
    words = mount_options.split(options)
    own, theirs = _own(words)
    spec = model.MountSpec(
        path=check_path(path, "mount point"),
        volume=check_volume(volume),
        subdir=check_subdir(subdir),
        servers=check_servers(servers.split(","), "source"),
        source=source,
        options=_options(theirs, sloppy),
        **own,
    )
    strangers = [str(server) for server in spec.prefer if server not in spec.servers]
    if strangers:
        raise ValueError(
            f"option prefer={strangers[0]}: is not one of the servers in {source}; prefer may only name some of them"
        )
    return Request(spec, "noauto" not in words, systemd.AUTOMOUNT in words)


def of(entry: Entry) -> Request:
    """What a line of fstab asks for. Raises ValueError."""
    return parse(entry.spec, entry.file, entry.options)


def _own(words: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """The engine's own options as fields of MountSpec, and the words that are left for the client."""
    own: dict[str, Any] = {"guard": True, "cover": model.COVER in words, "seal": SEAL in words}
    limits: dict[str, Any] = {name: getattr(_DEFAULTS, name) for name in LIMITS}
    prefer: list[str] = []
    theirs = []
    for word in words:
        name, _equals, value = word.partition("=")
        field = name.replace("-", "_")
        if name in ("order", "require"):
            own[name] = _one_of(name, value, ORDERS if name == "order" else REQUIRE)
        elif name == "prefer":
            prefer.append(value)
        elif word in _GUARDS:
            own["guard"] = _GUARDS[word]
        elif field in LIMITS and name != field:
            limits[field] = _seconds(word, value)
        elif name not in _FOR_MOUNT and not name.startswith(("x-", "X-")):
            theirs.append(word)
    own.update(check_limits(limits), prefer=check_servers(prefer, "option prefer"))
    return own, theirs


def _one_of(name: str, value: str, choices: Sequence[str]) -> str:
    if value not in choices:
        raise ValueError(f"option {name}={value}: must be one of {', '.join(choices)}, as in {name}={choices[1]}")
    return value


def _seconds(word: str, value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", value):
        raise ValueError(f"option {word}: the value must be a number of seconds, as in {word.partition('=')[0]}=30")
    return float(value)


def _options(words: Sequence[str], sloppy: bool) -> mount_options.Options:
    if sloppy:
        words = [word for word in words if _known(word)]
    return mount_options.parse(words)


def _known(word: str) -> bool:
    try:
        mount_options.parse([word])
    except ValueError:
        return False
    return True


# -- a line -------------------------------------------------------------------------------------------------------------


def entry(spec: model.MountSpec, *, boot: bool, servers: Sequence[Any] = ()) -> Entry:
    """The line that mounts ``spec``. An option of the user's replaces ours of the same name; the engine's are written where they differ from its defaults.

    boot: False adds ``noauto``. servers: in the order to write them, those of ``spec`` if empty.
    """
    given = spec.options.given
    named = {option.partition("=")[0] for option in given}
    longest = int(spec.timeout_total) + MOUNT_TIMEOUT_MORE
    ours = ["_netdev", "nofail", f"x-systemd.mount-timeout={longest}"]
    if not boot:
        ours.append("noauto")
    own = [f"{name}={getattr(spec, name)}" for name in ("order", "require") if _changed(spec, name)]
    own += [f"prefer={server}" for server in spec.prefer]
    own += [f"{name.replace('_', '-')}={getattr(spec, name):g}" for name in LIMITS if _changed(spec, name)]
    own += [] if spec.guard else ["noguard"]
    below = f"/{spec.subdir}" if spec.subdir else ""
    source = f"{','.join(map(str, servers or spec.servers))}:/{spec.volume}{below}"
    options = [option for option in ours if option.partition("=")[0] not in named]
    return Entry(source, spec.path, TYPE, (*options, *own, *given))


def _changed(spec: model.MountSpec, name: str) -> bool:
    return bool(getattr(spec, name) != getattr(_DEFAULTS, name))


def same(old: Entry, new: Entry) -> bool:
    """Whether two lines mount the same: servers, options and preferred servers in any order, unless the order of the servers is said to matter."""
    if old.vfstype != new.vfstype:
        return False
    try:
        return _meaning(old) == _meaning(new)
    except ValueError:
        return False


def _meaning(line: Entry) -> Mapping[str, Any]:
    request = of(line)
    spec = request.spec
    servers: Any = spec.servers if spec.order == "listed" else frozenset(spec.servers)
    plain = spec._replace(servers=(), source="", options=_DEFAULTS.options, prefer=())
    words = frozenset(word for word in line.options if word != "defaults")
    return {"spec": plain, "servers": servers, "words": words}
