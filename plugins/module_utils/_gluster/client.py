# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client process, ``glusterfs``, that serves a mount: start it, find it, end it, read why it gave up.

It is run directly and not through mount.glusterfs, a shell script that flattens exit codes, splits paths at blanks and drops host names of 64
characters. Its exit status 0 means only that it went into the background.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
from typing import Callable, Container, Iterable, NamedTuple, Sequence

from .._host import tcp
from .._host.clock import Clock
from .._host.files import readlink
from .._host.process import Run, program, started
from .._host.systemd import unit_of
from . import client_address
from .client_log import _USAGE
from .options import NEWER, started_with
from .release import VERSION_SECONDS
from .server import GLUSTERD_PORT, Server

PROGRAM = "glusterfs"
LOG_DIRECTORY = "/var/log/glusterfs"
STAGING = "/mounts"
"""Where a client in a container mounts, a folder of its own for each mount point, before the proven mount is moved to the host's mount point."""
COVERING = "/evenkeel.glusterfs/new"
"""Where below /run a client of the host mounts, in the same way, if its mount is to cover a dead one: the client refuses to mount on that itself."""

_GONE_SECONDS = 3.0
_POLL_SECONDS = 0.02
_LONGEST_NAME = 200  # bytes; a file name has at most 255, and a suffix comes behind
_ESTABLISHED = "01"  # TCP_ESTABLISHED in linux/tcp_states.h
_SYN_SENT = "02"  # TCP_SYN_SENT

_PROGRAM_FILES = ("glusterfs", "glusterfsd")
"""Names of the client's file: packages have the first as a link to the second."""
_REPLACED = " (deleted)"
_ROOT = [b"Uid:", b"0", b"0", b"0", b"0"]

_IDENTITY = (
    "--volfile-server",
    "--volfile-id",
    "--subdir-mount",
    "--fs-display-name",
    "--process-name",
    "--log-file",
)
"""Arguments that say which mount this is and who serves it, and not how it behaves."""


class Client(NamedTuple):
    """A running client of a mount of this mount namespace.

    started: start time in clock ticks since boot, which tells it from a later process with the same number.
    connection: number of its FUSE connection, the minor device number of its mount; None if it has none, "" where the kernel does not tell (it does
    since fdinfo has ``fuse_connection``; Debian 12's 6.1 has not).
    contained: whether it runs in a container, and so in another mount namespace.
    outdated: whether an upgrade of the package has replaced the file of its program.
    """

    pid: int
    started: int
    argv: tuple[str, ...]
    connection: str | None = ""
    contained: bool = False
    outdated: bool = False

    def argument(self, name: str) -> str:
        """The value of ``--name=value`` on its command line, "" where there is none."""
        return next((word.partition("=")[2] for word in self.argv if word.startswith(f"--{name}=")), "")

    @property
    def volume(self) -> str:
        return self.argument("volfile-id").lstrip("/")

    @property
    def subdir(self) -> str:
        return self.argument("subdir-mount").strip("/")

    @property
    def servers(self) -> tuple[Server, ...]:
        """The servers on its command line, which are those that it was given and need not be those that it knows by now."""
        given_port = self.argument("volfile-server-port")
        port = int(given_port) if given_port.isdigit() else GLUSTERD_PORT
        hosts = [word.partition("=")[2] for word in self.argv if word.startswith("--volfile-server=")]
        return tuple(Server(client_address.read(host, port), port) for host in hosts)

    @property
    def flags(self) -> frozenset[str]:
        """Its arguments without those that name the mount: what the options asked for."""
        words = [word for word in self.argv[1:-1] if not word.startswith(_IDENTITY) and not word.startswith("fuse")]
        return frozenset(words)


def command(
    servers: Sequence[Server],
    volume: str,
    subdir: str,
    path: str,
    source: str,
    flags: Sequence[str],
    *,
    family: str = client_address.INET,
    release: int = 0,
) -> tuple[str, ...]:
    """The client's command line: the chosen server first, the others behind it.

    When the client goes on to another server it keeps the port of the first (mgmt_rpc_notify). So servers that listen at another port are left out.
    family: that of the addresses by which it shall ask the servers. release: its main number, see client_address.release.
    """
    first = servers[0]
    reached = client_address.of_family(servers, family)
    hosts = (client_address.spell(server.host, server.port, release) for server in reached if server.port == first.port)
    return (
        executable(),
        f"--fs-display-name={_display_name(source, subdir)}",
        *(f"--volfile-server={host}" for host in hosts),
        *([f"--volfile-server-port={first.port}"] if first.port != GLUSTERD_PORT else []),
        f"--volfile-id={volume}",
        *([f"--subdir-mount=/{subdir}"] if subdir else []),
        "--process-name=fuse",
        *client_address.ask_by(family, flags),
        *started_with(flags),
        *([f"--log-file={log_file(path)}"] if not any(flag.startswith("--log-file=") for flag in flags) else []),
        path,
    )


def _display_name(source: str, subdir: str) -> str:
    """The display name that gives the mount the source ``source``. The client appends the subdirectory to it (measured on 10.3)."""
    below = f"/{subdir}"
    plain = source.rstrip("/")
    return plain[: -len(below)] if subdir and plain.endswith(below) else source


def scoped(argv: Sequence[str], scope: str) -> tuple[str, ...]:
    """``argv`` run in a systemd scope of its own.

    A client stays in the cgroup of whatever started it and dies with that: a oneshot service, a timer, ansible-pull. The scope comes before the unit of
    the mount, and units stop in the opposite order: at shutdown the client outlives its mount.
    """
    path = argv[-1].partition(COVERING)[2] or argv[-1]
    unit = unit_of(path)
    order = [f"--property=Before={unit}"] if unit else []
    return (
        program("systemd-run") or "systemd-run",
        "--scope",
        "--quiet",
        "--collect",
        f"--unit={scope}",
        "--slice=system.slice",
        *order,
        f"--description=GlusterFS client of {path}",
        "--",
        *argv,
    )


def lacks(flags: Sequence[str], run: Run) -> str:
    """What the client says of the first flag that its release does not have; "" where it has them all."""
    newer = [flag for flag in flags if flag.startswith(NEWER)]
    done = run((executable(), *newer, "--version"), VERSION_SECONDS) if newer else None
    if done is None or done.rc != _USAGE:
        return ""
    return next(iter(done.stderr.strip().splitlines()), done.why())


def executable() -> str:
    """The client's program, where it should be if it is nowhere."""
    return program(PROGRAM) or f"/usr/sbin/{PROGRAM}"


def log_file(path: str) -> str:
    """Where the client of mount point ``path`` logs by default: the name that mount.glusterfs gives it."""
    return f"{LOG_DIRECTORY}/{file_name(path)}.log"


def file_name(path: str) -> str:
    """A file name that stands for ``path``, as mount.glusterfs makes it; a long one is cut and stays distinct by a digest."""
    name = path.strip("/").replace("/", "-")
    raw = os.fsencode(name)
    if len(raw) <= _LONGEST_NAME:
        return name
    return f"{os.fsdecode(raw[:_LONGEST_NAME])}-{hashlib.sha256(raw).hexdigest()[:16]}"


def find(path: str, proc: str = "/proc") -> tuple[Client, ...]:
    """The clients of mount point ``path`` of this mount namespace, oldest first: on the host, and in containers that mount on it.

    A process writes into its command line what it likes. So a process counts as a client only if it is root's, outside of all user namespaces, and runs the
    client's program.
    """
    # A unit with PrivateTmp sees the host's mounts, whose clients live where the host's first process does.
    ours = {readlink(f"{proc}/{process}/ns/mnt") for process in ("self", "1")}
    clients = []
    for name in os.listdir(proc):
        if not name.isdigit():
            continue
        folder = f"{proc}/{name}"
        program_file, _sign, replaced = readlink(f"{folder}/exe").partition(_REPLACED)
        # Its command line last, and of no other process: it is read out of the process's memory, which can hang where that waits for a file system.
        if os.path.basename(program_file) not in _PROGRAM_FILES or not _is_of_root(folder):
            continue
        argv = client_address.joined(_argv(f"{folder}/cmdline"))
        if len(argv) < 2 or os.path.basename(argv[0]) != PROGRAM:
            continue
        if argv[-1] not in (path, STAGING + path) and not argv[-1].endswith(COVERING + path):
            continue
        contained = readlink(f"{folder}/ns/mnt") not in ours
        began = started(f"{folder}/stat")
        if (
            began is None
            or (argv[-1] == STAGING + path) is not contained
            or not _is_where_root_puts(program_file, contained)
        ):
            continue
        connection = _connection(folder)
        if contained and connection == "" and _is_in_pod(folder):
            continue
        outdated = bool(_sign) and not replaced and not contained
        clients.append(Client(int(name), began, argv, connection, contained, outdated))
    return tuple(sorted(clients, key=lambda client: (client.started, client.pid)))


def _is_of_root(folder: str) -> bool:
    """Whether all four user ids of a process are root's, as this user namespace sees them: proc_pid_status(5)."""
    try:
        with open(f"{folder}/status", "rb") as file:
            return any(line.split() == _ROOT for line in file)
    except OSError:
        return False


def _is_where_root_puts(program_file: str, contained: bool) -> bool:
    """Whether a program lies where only root, or whoever asks, can put it, or a group of administrators, as in Debian's /usr/local (Debian Policy 9.1.2).

    In a container of another mount namespace that place is not to be seen.
    """
    try:
        place = os.stat(os.path.dirname(program_file))
    except OSError:
        return contained
    return contained or (place.st_uid in (0, os.geteuid()) and not place.st_mode & 0o002)


def _is_in_pod(folder: str) -> bool:
    """Whether a process runs in a pod of Kubernetes, whose root names programs, and so processes, as he likes. Ours mount by services of the host."""
    try:
        with open(f"{folder}/cgroup", "rb") as file:
            return b"/kubepods" in file.read()
    except OSError:
        return False


def serving(clients: Sequence[Client], device: str) -> Client | None:
    """Which of a path's clients serves the mount with device number ``device``.

    A path may have several: a client whose mount was detached lazily lives on for those who still have files open there. Where the kernel does not tell
    whose connection is whose, the newest client that has one is taken.
    """
    exact = [client for client in clients if client.connection == device.partition(":")[2]]
    untold = [client for client in clients if client.connection == ""]
    return next(reversed(exact or untold), None)


def _connection(folder: str) -> str | None:
    """See Client.connection."""
    try:
        for name in os.listdir(f"{folder}/fd"):
            if readlink(f"{folder}/fd/{name}") == "/dev/fuse":
                with open(f"{folder}/fdinfo/{name}", encoding="ascii") as file:
                    lines = [line.partition(":") for line in file]
                return next((value.strip() for key, _colon, value in lines if key == "fuse_connection"), "")
    except OSError:
        return ""
    return None


def _argv(path: str) -> tuple[str, ...]:
    try:
        with open(path, "rb") as file:
            return tuple(os.fsdecode(word) for word in file.read().split(b"\0")[:-1])
    except OSError:
        return ()


def alive(client: Client, proc: str = "/proc") -> bool:
    return started(f"{proc}/{client.pid}/stat") == client.started


def gone(clients: Iterable[Client], timeout: float, clock: Clock, proc: str = "/proc") -> bool:
    """Wait for at most ``timeout`` seconds until none of ``clients`` runs; whether that is so."""
    clients = tuple(clients)
    deadline = clock.now() + timeout
    while any(alive(client, proc) for client in clients):
        if clock.now() >= deadline:
            return False
        clock.sleep(_POLL_SECONDS)
    return True


def end(
    clients: Iterable[Client], clock: Clock, kill: Callable[[int, int], None] = os.kill, proc: str = "/proc"
) -> bool:
    """End clients whose mount is already detached or never came to be; whether all are gone.

    By SIGKILL: on SIGTERM the client unmounts its mount point, whatever is mounted there by then.
    """
    clients = tuple(clients)
    for client in clients:
        if alive(client, proc):
            with contextlib.suppress(ProcessLookupError):
                kill(client.pid, signal.SIGKILL)
    return gone(clients, _GONE_SECONDS, clock, proc)


def connected_to(
    client: Client, port: int, proc: str = "/proc", unheard: Callable[[int], Container[int]] = lambda _port: ()
) -> str | None:
    """The IP address of the glusterd that the client's management connection really goes to; None if it has none.

    Connections to bricks' hosts on the same port come and go while their ports are asked, and stay where a frozen glusterd owes the answer: by those
    nothing has come. Of the others the management connection is made first, so it is the one with the lowest file descriptor (inode numbers of sockets are
    not in their order, and one that is made anew may get any descriptor).
    unheard(port): the inodes of the connections by which nothing has come, see tcp.unheard.
    """
    peers = [link for link in _links_of(client, proc) if link.state == _ESTABLISHED and link.port == port]
    silent = unheard(port) if len(peers) > 1 else ()
    heard = [link for link in peers if link.inode not in silent]
    return min((link.descriptor, link.address) for link in heard or peers)[1] if peers else None


def knocks(client: Client, ports: Container[int], proc: str = "/proc") -> bool:
    """Whether the client waits for a connection to one of these ports to be accepted.

    Where a host was away and dropped what came to it, the kernel tries again after 1, 2, 4 s and so on up to 64 s (tcp_retries), and the client with it.
    """
    return any(link.state == _SYN_SENT and link.port in ports for link in _links_of(client, proc))


class _Link(NamedTuple):
    """A TCP connection of a process: its file descriptor and inode, its state as the kernel numbers it, and where it goes to."""

    descriptor: int
    inode: int
    state: str
    address: str
    port: int


def _links_of(client: Client, proc: str) -> list[_Link]:
    try:
        descriptors = tcp.sockets(client.pid, proc)
    except OSError:
        return []
    links = []
    for table in ("tcp", "tcp6"):
        try:
            with open(f"{proc}/{client.pid}/net/{table}", encoding="ascii") as file:
                lines = file.read().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            address, _colon, port = fields[2].partition(":")
            inode = int(fields[9])
            if inode in descriptors:
                links.append(_Link(descriptors[inode], inode, fields[3], _ip(address), int(port, 16)))
    return links


def _ip(text: str) -> str:
    """An address of /proc/net/tcp{,6}: hexadecimal, each 32-bit word in the byte order of this machine (little-endian wherever glusterd runs)."""
    raw = b"".join(bytes.fromhex(text[index : index + 8])[::-1] for index in range(0, len(text), 8))
    return tcp.address_of(raw)


# -- why it gave up ---------------------------------------------------------------------------------------------------
