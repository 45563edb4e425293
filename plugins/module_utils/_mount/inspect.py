# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is mounted at a path, found out within bounded time even if it hangs, and which server its client uses."""

from __future__ import annotations

import os
from typing import Sequence

from .._gluster import client, client_address
from .._gluster.server import Server
from .._host import mountinfo
from . import proof
from .host import Host
from .model import LinkRefused, MountError, Node
from .resolve import addresses_of, resolved
from .state import Observed, State, classify

LOOK_SECONDS = 5.0
"""How long a mounted path gets to answer before it counts as hung. A healthy one takes milliseconds."""
_PATIENT_POLL_SECONDS = 2.0


def inspect(path: str, host: Host, again: int = 2) -> Observed:
    """What is at ``path``, found out within LOOK_SECONDS even if what is there hangs. ``path`` must be free of symbolic links.

    again: how often to look anew where another mount is there by the time of the look.
    Raises MountError where the way there hangs, which is no fault of the mount.
    """
    mounts = host.mounts()
    mount = mountinfo.at(mounts, path)
    if mount is None or not mount.gluster:
        return classify(path, mount, None, None)
    process = client.serving(client.find(path, host.proc), mount.device)
    if mount.root != "/" or not process:
        shown = _bound(mount, mounts, host)
        if shown is not None:
            return Observed(State.BIND, path, mount, bind_of=shown)
    look = proof.check_mount(path, LOOK_SECONDS, host.run, host.stuck, mount.id)
    if look.hung == "reach":
        raise MountError(f"{path} cannot be looked at: the way there gives no answer within {LOOK_SECONDS:g} s")
    if look.mount and look.mount != mount.id and again:
        return inspect(path, host, again - 1)
    if look.mount not in (0, mount.id):
        raise MountError(
            f"{path} cannot be looked at: its path leads to another mount than the kernel's table says, as where something is mounted over a directory above"
        )
    if process and not process.connection and look.gone:
        process = None  # an older client of this path, which others need still, where the kernel does not tell whose connection is whose
    return classify(path, mount, process, look)


def _bound(mount: mountinfo.Mount, mounts: Sequence[mountinfo.Mount], host: Host) -> str | None:
    """The path that ``mount`` is a bind of, "" where that is not mounted any more; None if it is a mount in its own right.

    A bind of a directory tells so itself. One of the whole is told from the mount by the client, whose arguments name the mount's own path.
    """
    others = [other for other in mounts if other.device == mount.device and other.path != mount.path]
    wholes = [other for other in others if other.root == "/"]
    served = [other for other in wholes if client.serving(client.find(other.path, host.proc), other.device)]
    if mount.root == "/":
        return served[0].path if served else None
    origin = next(iter(served or wholes), None)
    return origin.path.rstrip("/") + mount.root if origin else ""


def wait_for(observed: Observed, patience: float, host: Host) -> Observed:
    """Give a client that lives and does not answer ``patience`` seconds to answer again; what is there then.

    Where a mount hangs, one lives, known or not: the kernel ends all questions to a client that is gone (fuse_abort_conn).
    """
    deadline = host.clock.now() + patience
    while (observed.client or observed.state is State.HUNG) and not observed.answers and host.clock.now() < deadline:
        host.clock.sleep(_PATIENT_POLL_SECONDS)
        observed = inspect(observed.path, host)
    return observed


def locate(path: str, host: Host, *, follow: bool = False) -> str:
    """The mount point that ``path`` means, free of symbolic links as mount(8) makes it.

    follow: whether its last part may be one. Who keeps a mount by a path follows none there, whoever has put it, and neither does systemd.
    Raises MountError where even that hangs, and LinkRefused for a link that is not followed, as one that could lead wherever somebody else likes.
    """
    mounts = host.mounts()
    holder = mountinfo.holding(mounts, os.path.dirname(path))
    mounted = mountinfo.at(mounts, path) is not None
    if mounted and (holder is None or holder.path == "/"):
        return path
    place = proof.place(os.path.dirname(path) if mounted else path, LOOK_SECONDS, host.run, host.stuck)
    link = place.link or (path if place.is_link and not follow else "")
    if place.kind != "hung" and not mounted and link:
        why = "others than root can put one there" if place.link else "a mount is not kept through one"
        raise LinkRefused(
            f"{path}: {link} is a symbolic link, by which the path leads to {place.real}, and {why}; name the directory itself, or remove the link"
        )
    if place.kind != "hung":
        return path if mounted else place.real
    if not mounted and mountinfo.at(mounts, place.real) is not None:
        return place.real
    below = f"{holder.path} ({holder.describe()})" if holder and holder.path != "/" else "one on the way there"
    raise MountError(f"{path} lies on a mount that gives no answer within {LOOK_SECONDS:g} s: {below}")


def check_place(path: str, host: Host) -> None:
    """Refuse what can be no mount point: the root directory, a file, a brick. Raises MountError."""
    if path == "/":
        raise MountError("the mount point is the root directory; mount on a directory below it")
    if mountinfo.at(host.mounts(), path) is not None:
        return
    place = proof.place(path, LOOK_SECONDS, host.run, host.stuck)
    if place.kind == "other":
        raise MountError(f"{path} is there and is no directory; remove it or choose another mount point")
    if place.brick:
        raise MountError(f"{path} is a brick of a Gluster volume; mount on a directory outside the brick")


def check_seen(path: str, host: Host) -> None:
    """Refuse to change what only this process would see changed, from a mount namespace of its own. Raises MountError.

    Such a namespace gets to know what the host mounts, and not the other way round: a unit of systemd has one for PrivateTmp, ProtectSystem and others.
    """
    try:
        if os.readlink(f"{host.proc}/self/ns/mnt") == os.readlink(f"{host.proc}/1/ns/mnt"):
            return
        of_the_host = {mount.peers for mount in host.mounts("1")}
    except OSError:  # not for this process to know, or no /proc of its own
        return
    holder = mountinfo.holding(host.mounts(), os.path.dirname(path))
    if not holder or not holder.peers or holder.peers not in of_the_host:
        raise MountError(
            f"{path}: nothing was changed, since only this run would see it: it has a mount namespace of its own; "
            "run it outside of a unit with PrivateTmp, ProtectSystem or the like"
        )


def server_in_use(observed: Observed, servers: Sequence[Server], node: Node) -> str | None:
    """The server that the client's management connection goes to, by its name among ``servers`` where it has one, else by its address.

    None where no client lives or it is connected to none. Takes NAMES_SECONDS at most.
    """
    process = observed.client
    if process is None:
        return None
    ports = sorted({server.port for server in servers})
    host = node.host
    address = next(filter(None, (client.connected_to(process, port, host.proc, host.unheard) for port in ports)), None)
    if address is None:
        return None
    return _name_of(address, servers, node) or address


def _name_of(address: str, servers: Sequence[Server], node: Node) -> str | None:
    """Which of ``servers`` has this IP address, as far as their names resolve within NAMES_SECONDS; asked all at once."""
    for server, found in resolved(servers, node):
        if address in addresses_of(found):
            return str(server)
    return None


def family(servers: Sequence[Server], node: Node) -> str:
    """By which family of addresses a client comes to any of ``servers``, as far as their names resolve within NAMES_SECONDS; asked all at once."""
    addresses = [entry[4][0] for _server, entries in resolved(servers, node) for entry in entries]
    return client_address.family_of(servers, addresses)


def why_silent(observed: Observed) -> str:
    return observed.look.why() if observed.look else "nothing is mounted"
