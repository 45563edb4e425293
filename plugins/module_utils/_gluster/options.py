# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mount options: the names of mount.glusterfs, checked before anything is touched and turned into the client's own flags.

Names and flags: ``mount.glusterfs`` of GlusterFS 10 and 11 (``xlators/mount/fuse/utils/mount.glusterfs.in``). Which mount flags the client passes on to
mount(2): ``contrib/fuse-lib/mount-common.c`` and ``mount.c``; all others reach the kernel as unknown FUSE options, and its EINVAL is never looked at.
"""

from __future__ import annotations

import re
from typing import Iterable, NamedTuple, Sequence

from .._host.fstab import split_options
from .._host.plain import OBEYED

_FLAGS = {
    "ro": "--read-only",
    "acl": "--acl",
    "selinux": "--selinux",
    "worm": "--worm",
    "enable-ino32": "--enable-ino32",
    "aux-gfid-mount": "--aux-gfid-mount",
    "thin-client": "--thin-client",
    "resolve-gids": "--resolve-gids",
    "global-threading": "--global-threading",
    "localtime-logging": "--localtime-logging",
    "fopen-keep-cache": "--fopen-keep-cache",
}
"""Options without a value and the client's flag for each."""

_NUMBERS = (
    "attribute-timeout",
    "entry-timeout",
    "negative-timeout",
    "gid-timeout",
    "lru-limit",
    "invalidate-limit",
    "background-qlen",
    "congestion-threshold",
    "oom-score-adj",
    "reader-thread-count",
    "attr-times-granularity",
    "fuse-dev-eperm-ratelimit-ns",
    "inode-table-size",
)
"""Options whose value is a number: the client takes any text for 0 without a word."""

_VALUED = {
    name: f"--{name}"
    for name in (
        *_NUMBERS,
        "log-level",
        "log-file",
        "direct-io-mode",
        "xlator-option",
        "use-readdirp",
        "event-history",
        "auto-invalidation",
        "kernel-writeback-cache",
        "dump-fuse",
        "fuse-flush-handle-interrupt",
        "fopen-keep-cache",
        "io-engine",
        "fuse-setlk-handle-interrupt",
        "fuse-handle-copy_file_range",
    )
}
"""Options with a value and the client's flag for each."""

NEWER = tuple(
    _VALUED[name] for name in ("inode-table-size", "fuse-setlk-handle-interrupt", "fuse-handle-copy_file_range")
)
"""Flags that clients of some releases lack which are in use: the first came with 11, the others stand in the development branch after that."""

_HALO = {"halo-max-latency", "halo-max-replicas", "halo-min-replicas"}
_LABELS = {"context", "fscontext", "defcontext", "rootcontext"}
_SQUASH = {"root-squash": ("no", "off", "disable", "false"), "no-root-squash": ("yes", "on", "enable", "true")}
_WHATEVER_IT_IS_TOLD = "volfile-check"
"""An option that mount.glusterfs takes with a value, and whichever it is turns the client's flag on."""
_OFF = ("no", "off", "disable", "false", "0")
_KERNEL = {"suid", "nosuid", "dev", "nodev", "exec", "noexec", "atime", "noatime"}
_LOG_LEVELS = ("NONE", "CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG", "TRACE")

_NOT_FOR_THE_CLIENT = {"rw", "auto", "noauto", "_netdev", "nofail", "defaults"}
"""Meant for mount(8) and systemd, or the default: no flag of the client."""

_NO_FUSE = "the client hands it to the kernel as an unknown FUSE option, and mount(2) fails without a word"
_BY_SERVERS = "say it by the servers"
_REFUSED = {
    "backup-volfile-servers": f"{_BY_SERVERS}: all of them are tried",
    "backupvolfile-server": f"{_BY_SERVERS}: all of them are tried",
    "server-port": f"{_BY_SERVERS}, as in gfs1:24008",
    "fetch-attempts": "it has no effect; the time limits rule the tries",
    "volume-id": "say it by the volume",
    "volume-name": "say it by the volume",
    "subdir-mount": "say it by the subdir",
    "process-name": "the client's process is found by its name",
    "fuse-mountopts": "write the flags themselves, as in noexec,nosuid",
    "auto_unmount": "when the client dies it takes the mount away, and what is written then lands in the local directory",
    "mem-accounting": "the client always fails with it",
    "remount": "glusterfs cannot remount; use state: remounted, which mounts anew",
    "user": "mount.glusterfs rejects it: only root can mount",
    "users": "mount.glusterfs rejects it: only root can mount",
    "owner": "mount.glusterfs rejects it: only root can mount",
    "group": "mount.glusterfs rejects it: only root can mount",
    "retry": "it is an option of NFS; timeout_total says how long to try",
    "timeo": "it is an option of NFS; timeout_try limits a try, and the volume's network.ping-timeout limits I/O",
    "bind": "it is no option of a glusterfs mount; bind the mounted path by another entry",
    **dict.fromkeys(("relatime", "norelatime", "strictatime", "nostrictatime", "diratime", "nodiratime"), _NO_FUSE),
    **dict.fromkeys(("lazytime", "nolazytime", "lazyatime", "nolazyatime"), _NO_FUSE),
    **dict.fromkeys(
        ("sync", "async", "dirsync", "mand", "nomand", "silent", "loud", "iversion", "noiversion"),
        "mount.glusterfs ignores it with a warning",
    ),
}
"""Options that fail, lie or do nothing, and why: the list of traps."""

_OPPOSITES = (
    ("ro", "rw"),
    ("suid", "nosuid"),
    ("dev", "nodev"),
    ("exec", "noexec"),
    ("atime", "noatime"),
    ("auto", "noauto"),
)


_NO_OPTION = ("transport=tcp", "transport=socket")
"""What the client does anyway. mount.glusterfs makes another name of the volume of it."""


class Options(NamedTuple):
    """Checked mount options.

    given: as the user wrote them, in their order, for a line of fstab.
    flags: the client's arguments for them.
    """

    given: tuple[str, ...]
    flags: tuple[str, ...]

    def value(self, name: str) -> str | None:
        """The value given for option ``name``, None if it is not given."""
        return next((option.partition("=")[2] for option in self.given if option.partition("=")[0] == name), None)


SAFE = ("nosuid", "nodev")
"""What each mount gets unless its options say suid or dev: what a volume's other users put there is neither run as its owner nor opened as a device."""

_MOUNT_OPTIONS = "--fuse-mountopts="


def safe(given: Sequence[str]) -> list[str]:
    """Those of SAFE that the options neither have nor lift."""
    return [name for name in SAFE if name not in given and name[len("no") :] not in given]


def started_with(flags: Sequence[str]) -> list[str]:
    """The flags of a client with what each mount gets."""
    words = _mount_options(flags)
    words += safe(words)
    rest = [flag for flag in flags if not flag.startswith(_MOUNT_OPTIONS)]
    return rest + ([_MOUNT_OPTIONS + ",".join(words)] if words else [])


def told_of(flags: Iterable[str], asked: Iterable[str]) -> frozenset[str]:
    """The ``flags`` of a running client without those of SAFE that ``asked`` does not name: a client from before they were the default compares equal."""
    flags, named = tuple(flags), _mount_options(asked)
    words = [word for word in _mount_options(flags) if word in named or word not in SAFE]
    rest = {flag for flag in flags if not flag.startswith(_MOUNT_OPTIONS)}
    return frozenset(rest | ({_MOUNT_OPTIONS + ",".join(words)} if words else set()))


def _mount_options(flags: Iterable[str]) -> list[str]:
    return split(flag[len(_MOUNT_OPTIONS) :] for flag in flags if flag.startswith(_MOUNT_OPTIONS))


def split(options: Iterable[str]) -> list[str]:
    """The single options of a list, each entry of which may itself be a comma-separated list. A comma inside double quotes belongs to the value.

    Ansible splits a string that stands in the place of a list at every comma; quoted values are put together again.
    """
    return [word.strip() for word in split_options(",".join(options)) if word.strip()]


def parse(options: Iterable[str]) -> Options:
    """Check options and turn them into flags; each entry may itself be a comma-separated list, see ``split``.

    Raises ValueError: which option, which rule it breaks and what to write instead.
    """
    given = tuple(dict.fromkeys(option for option in split(options) if option not in _NO_OPTION))
    for option in given:
        _check(option, given)
    _check_together(given)
    kernel = [option for option in given if option in _KERNEL]
    kernel += [option for option in given if option.partition("=")[0] in _LABELS]
    flags = [flag for option in given for flag in _flags(option)]
    return Options(given, tuple(flags + ([_MOUNT_OPTIONS + ",".join(kernel)] if kernel else [])))


def _check(option: str, given: Sequence[str]) -> None:
    name, equals, value = option.partition("=")
    if option.count('"') % 2:
        raise ValueError(f"option {option!r}: a double quote is not closed")
    if OBEYED.search(option) or re.search(r"\s", option):
        raise ValueError(f"option {option!r}: white space and control characters are not allowed in an option")
    if name in _REFUSED:
        raise ValueError(f"option {name!r} is refused: {_REFUSED[name]}")
    if name.startswith("x-"):
        return
    if name == "transport":
        raise ValueError(f"option {option!r}: only TCP is supported; leave it out")
    takes_value = name == _WHATEVER_IT_IS_TOLD or name in _VALUED or name in _HALO or name in _LABELS or name in _SQUASH
    alone = name in _FLAGS or name in _KERNEL or name in _NOT_FOR_THE_CLIENT
    if not takes_value and not alone:
        labelled = next(
            (
                given_option
                for given_option in given
                if given_option.partition("=")[0] in _LABELS and '"' not in given_option
            ),
            "",
        )
        hint = (
            f'; a value with commas stands in double quotes, as in {labelled.partition("=")[0]}="...:c1,c2"'
            if labelled
            else ""
        )
        raise ValueError(f"option {name!r} is not one that mount.glusterfs knows{hint}")
    if equals and not takes_value:
        raise ValueError(f"option {option!r}: {name} takes no value; write just {name}")
    if not alone and not value:
        raise ValueError(f"option {option!r}: {name} needs a value; write {name}=VALUE")
    if name == _WHATEVER_IT_IS_TOLD and value in _OFF:
        raise ValueError(f"option {option!r}: any value turns {name} on; leave it out")
    if name in _NUMBERS and not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
        raise ValueError(f"option {option!r}: the value of {name} must be a number")
    if name == "log-level" and value.upper() not in _LOG_LEVELS:
        raise ValueError(f"option {option!r}: log-level is one of {', '.join(_LOG_LEVELS)}")
    if name == "log-file" and not value.startswith("/"):
        raise ValueError(f"option {option!r}: log-file must be an absolute path")


def _check_together(given: Sequence[str]) -> None:
    for one, other in _OPPOSITES:
        if one in given and other in given:
            raise ValueError(f"options {one!r} and {other!r} contradict each other; keep one")
    names = [option.partition("=")[0] for option in given]
    for name in sorted(set(names)):
        if names.count(name) > 1 and name != "xlator-option" and not name.startswith("x-"):
            raise ValueError(f"option {name!r} is given twice with different values; keep one")


def _flags(option: str) -> list[str]:
    name, equals, value = option.partition("=")
    if name in _HALO:
        return [f"--xlator-option=*replicate*.{name}={value}"]
    if name in _SQUASH:
        return ["--no-root-squash"] if value in _SQUASH[name] else []
    if name == "log-level":
        return [f"--log-level={value.upper()}"]
    if name == _WHATEVER_IT_IS_TOLD:
        return [f"--{name}"]
    if equals and name in _VALUED:
        return [f"{_VALUED[name]}={value}"]
    return [_FLAGS[name]] if name in _FLAGS else []
