# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The line of fstab that mounts by the script mount.glusterfs. The rules are those of the script (GlusterFS 10.3, 11.1)."""

from __future__ import annotations

import re
from typing import Sequence

from .._host.fstab import Entry, normal
from .._host.mountinfo import GLUSTERFS, parse_source
from . import client_address
from .server import GLUSTERD_PORT, Server

FAILOVER_TYPE = "glusterfs_failover"
"""Of the lines that our mount helper mounts."""

GLUSTER_TYPES = ("glusterfs", GLUSTERFS, FAILOVER_TYPE)
"""File system types of the lines that may be replaced or removed. A line of any other type is somebody else's."""
MOUNT_TIMEOUT = "x-systemd.mount-timeout=120"
"""systemd's own limit of 90 s, and one of 30 s more so, cuts off a failover that would succeed at 88 s (measured at boot, first server silent)."""
_BACKUP = re.compile(r"\[([^\]]*)\]|([^:]+)")


_SERVER_OPTIONS = frozenset({"backup-volfile-servers", "backupvolfile-server", "server-port"})
"""Options that say which servers a line is for."""
_LONGEST_HOST = 63
"""mount.glusterfs passes over a longer name of a server without a word (HOST_NAME_MAX)."""
_FAMILY = f"xlator-option={client_address.FAMILY_OPTION}"


_INSTEAD = "; the mount can be kept by fstab: failover, which needs the helper of the module mount_helper, or made with fstab: none"
_UNSAFE_PATH = re.compile(r"[\s\\*?\[\]]")
"""What the shell of mount.glusterfs splits, expands or unescapes in a mount point or a subdirectory."""


def native_entry(
    servers: Sequence[Server],
    volume: str,
    subdir: str,
    path: str,
    opts: Sequence[str],
    *,
    boot: bool,
    family: str = client_address.INET,
    release: int = 0,
) -> Entry:
    """The line that mounts ``volume`` at ``path`` by mount.glusterfs: from the first server, the others as its backups.

    subdir: below the volume's root, "" for the root itself. opts: the user's options, as checked by the engine; one of the same name as ours replaces ours.
    boot: False adds ``noauto``. family, release: of the addresses by which the servers are asked, and of the client, see client_address.
    Raises ValueError for what such a line cannot express.
    """
    path = normal(path)
    below = normal("/" + subdir)[1:]
    _check_native(servers, below, path, opts)
    first, *others = client_address.of_family(servers, family)
    ours = ["_netdev", "nofail", MOUNT_TIMEOUT]
    if others:
        # Its awk takes the brackets of an IPv6 address off; in the source, before the volume, it does not know them.
        hosts = (client_address.spell(server.host, server.port, release) for server in others)
        ours.append("backup-volfile-servers=" + ":".join(f"[{host}]" if ":" in host else host for host in hosts))
    if first.port != GLUSTERD_PORT:
        ours.append(f"server-port={first.port}")
    if not boot:
        ours.append("noauto")
    named = {_name(option) for option in opts}
    options = [option for option in ours if _name(option) not in named] + _by_family(family, opts) + list(opts)
    source = f"{client_address.spell(first.host, first.port, release)}:/{volume}" + (f"/{below}" if below else "")
    return Entry(source, path, "glusterfs", tuple(options))


def _by_family(family: str, opts: Sequence[str]) -> list[str]:
    """What has to be added so that mount.glusterfs asks the servers by this family. Raises ValueError where there is no room for it."""
    if family != client_address.INET6 or _FAMILY in (option.rpartition("=")[0] for option in opts):
        return []
    taken = next((option for option in opts if _name(option) == "xlator-option"), "")
    if taken:
        raise ValueError(
            f"option {taken!r}: the servers have addresses of IPv6 alone, so that the line needs {_FAMILY}={family}, and mount.glusterfs up to "
            "GlusterFS 10 keeps one xlator-option only" + _INSTEAD
        )
    return [f"{_FAMILY}={family}"]


def same(old: Entry, new: Entry) -> bool:
    """Whether two lines of the same type mount the same: volume, subdirectory, mount point, servers and options, both in any order.

    freq and passno are not looked at: they mean nothing for this file system.
    """
    if old.vfstype != new.vfstype or normal(old.file) != normal(new.file):
        return False
    try:
        return _meaning(old) == _meaning(new)
    except ValueError:
        return False


def _check_native(servers: Sequence[Server], subdir: str, path: str, opts: Sequence[str]) -> None:
    if not servers:
        raise ValueError("a line in fstab needs at least one server")
    if len({server.port for server in servers}) > 1:
        named = ", ".join(f"{server.host} {server.port}" for server in servers)
        raise ValueError(
            f"servers on different ports ({named}): a line of type glusterfs has one server-port for all of them"
            + _INSTEAD
        )
    for server in servers:
        if len(server.host) > _LONGEST_HOST:
            raise ValueError(
                f"server {server}: mount.glusterfs, which reads the line in fstab, ignores host names of more than "
                f"{_LONGEST_HOST} characters: name it by its address or an alias" + _INSTEAD
            )
    if _UNSAFE_PATH.search(path):
        raise ValueError(
            f"path {path!r}: mount.glusterfs cannot mount on a path with white space or one of \\ * ? [ ]" + _INSTEAD
        )
    if _UNSAFE_PATH.search(subdir) or ":" in subdir:
        raise ValueError(f"subdir {subdir!r}: mount.glusterfs misreads white space and each of : \\ * ? [ ]" + _INSTEAD)
    quoted = next((option for option in opts if "," in option), "")
    if quoted:
        raise ValueError(f"option {quoted!r}: mount.glusterfs splits its options at every comma" + _INSTEAD)
    if [_name(option) for option in opts].count("xlator-option") > 1:
        raise ValueError("option 'xlator-option' twice: mount.glusterfs keeps the last one only" + _INSTEAD)


def _meaning(entry: Entry) -> tuple[frozenset[tuple[Server, bool]], str, str, frozenset[str]]:
    """Servers, volume, subdirectory and the other options of a line. Raises ValueError where mount.glusterfs would misread it."""
    source = parse_source(entry.spec)
    if not source:
        raise ValueError(f"{entry.spec!r} is not host:/volume")
    values = {_name(option): option.partition("=")[2] for option in entry.options}
    port = int(values.get("server-port", GLUSTERD_PORT))
    hosts = source.servers.split(",")
    if any("[" in host or host.count(":") == 1 for host in hosts):
        raise ValueError(f"{entry.spec!r}: brackets and ports are not understood here")
    if "backup-volfile-servers" in values:
        hosts += [v6 or host for v6, host in _BACKUP.findall(values["backup-volfile-servers"])]
    elif "backupvolfile-server" in values:
        hosts.append(values["backupvolfile-server"])
    # A port behind an address of IPv6 is kept as a part of it: which of the two forms mounts depends on the client's release.
    plain = [(client_address.read(host, port), host) for host in hosts]
    servers = frozenset((Server(Server.parse(host).host, port), host != text) for host, text in plain)
    others = frozenset(option for option in entry.options if _name(option) not in _SERVER_OPTIONS | {"defaults"})
    return servers, source.volume, source.subdir, others


def _name(option: str) -> str:
    return option.partition("=")[0]
