# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node and a pool of three servers, without either: for tests of the mount as a whole.

``FakeMachine`` keeps a table of mounts and a /proc in step with what the engine runs. What goes wrong is said by the test: what a server answers
(``says``, ``graphs``), how a subdirectory is found in the volume's root (``subdirs``, an errno), which bricks' hosts are down (``down``), whose glusterd
does not say where its brick is (``silent``), whether a look at what hangs cannot even be killed (``looks_stay``), what each start of the client does
(``starts``, a list of the functions below), and which clients do not end at once when they are unmounted (``flushing``).
"""

from __future__ import annotations

import contextlib
import errno
import os
import random
import socket
import ssl
import struct
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import options, tls, volfile
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.attempt import Outcome, Step
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.glusterd import AskFailed, Spec
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.network import Network
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.server import Server
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import mountinfo
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.fusectl import Connections
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.immutable import Guard
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.process import Completed
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import model
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount.host import Host
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount.mount import mount
from ansible_collections.evenkeel.glusterfs.tests.unit.fakes import FakeClock, FakeProc, FakeTasks, Later

VOLFILES = Path(__file__).resolve().parent / "fixtures" / "volfiles"
HOSTS = ("gfs1", "gfs2", "gfs3")
ADDRESSES = {host: f"10.0.0.{number}" for number, host in enumerate(HOSTS, 1)}

REFUSED = AskFailed(Step.CONNECT, Outcome.REFUSED, "Connection refused")
NO_VOLUME = AskFailed(Step.GETSPEC, Outcome.NO_VOLUME, "it has no volume web")
SILENT = Later(None)

HEALTHY, DEAD, HUNG = "healthy", "dead", "hung"

LOOK = 999
"""Number of the child that hangs on a mount."""


def graph(name="replica3"):
    """The text of a volfile of the fixtures, of volume ``web``."""
    return (VOLFILES / f"{name}.vol").read_text().replace(name, "web")


def tls_context():
    """A TLS client that would believe anybody, as far as host names go."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    return tls.Secured(context, tls.Certificates("/node.pem", "/node.key", "/node.ca"))


@dataclass
class Entry:
    """A mount of the machine. answers: HEALTHY, DEAD or HUNG. unconnected: hosts whose bricks this client does not reach, though they are up."""

    id: int
    path: str
    fstype: str
    source: str
    pid: int = 0
    answers: str = HEALTHY
    volfile: str = ""
    unconnected: frozenset = frozenset()
    device: int = 0
    root: str = "/"
    parent: int = 1
    data: str = "rw"

    def line(self):
        path = mountinfo.escape(self.path)
        return f"{self.id} {self.parent} 0:{self.device or self.id} {self.root} {path} rw,relatime shared:9 - {self.fstype} {self.source} {self.data}\n"


class FakeMachine:
    """See above. ``path`` is the mount point, a directory that is not there yet in one that is. unbindable: mount --bind fails. old_kernel: it
    puts no mount beneath another. watch_seconds: how long a start is watched for silent bricks, which a test that asks for none has no time for.
    destroyed: the connections of clients that were. links: those that a client has, and that are listed."""

    def __init__(self, tmp_path, *, systemd=False, seed=1):
        self.parent = tmp_path / "srv"
        self.parent.mkdir()
        self.path = str(self.parent / "web")
        self.clock = FakeClock()
        self.proc = FakeProc(tmp_path / "proc")
        self.says = {}
        self.down = set()
        self.silent = set()
        self.starts = []
        self.brick_paths = set()
        self.graph = graph()
        self.graphs = {}
        self.subdirs = {}
        self.makes = []
        self.nameless = {}
        self.made_subdirs = []
        self.ran = []
        self.asked = []
        self.killed = []
        self.unkillable = False
        self.unbindable = False
        self.old_kernel = False
        self.flushing = set()
        self.fusectl = True
        self.kept = set()
        self.looks_stay = False
        self.guarded = set()
        self.mounts = []
        self.later = None
        self.propagation = ""
        self.addresses = ADDRESSES
        self.watch_seconds = 0
        self.links = []
        self.destroyed = []
        self.release = "10.3"
        self.lacks = ()
        self._last = 20
        self._write_mountinfo()
        run = model.Run()
        host = Host(
            clock=self.clock,
            rng=random.Random(seed),
            run=self.run,
            kill=self.kill,
            program=lambda name: f"/usr/sbin/{name}",
            beside=self.beside,
            tcp_connections=lambda _pid: self.links,
            unheard=lambda _port: (),
            destroy_connection=self.destroyed.append,
            resolve=self.resolve,
            read_guard=lambda path: Guard(path in self.guarded),
            set_guard=self.set_guard,
            clear_guard=self.guarded.discard,
            connections=self.connections,
            put_beneath=self.put_beneath,
            unused=lambda path: not self._busy(self.top(path)),
            proc=self.proc.root,
            block=str(tmp_path / "block"),
            lock_directory=str(tmp_path / "locks"),
            systemd=systemd,
            record=run.commands.append,
            on_unread=run.unread.add,
        )
        network = Network(
            tasks=lambda _clock=None: FakeTasks(self.clock),
            getspec=self.getspec,
            brick_port=self.brick_port,
            ping_brick=lambda _host, _port, _timeout, **_more: None,
        )
        self.node = model.Node(host, network, run)

    def change(self, **ports):
        """Have the node with other ports from now on."""
        parts = {part: getattr(self.node, part) for part in ("host", "network", "run")}
        for part, old in parts.items():
            more = {name: port for name, port in ports.items() if hasattr(old, name)}
            parts[part] = replace(old, **more)
        self.node = model.Node(**parts)

    def spec(self, opts=(), **changes):
        """The volume web on ``path`` from three servers in their order."""
        values = {
            "path": self.path,
            "volume": "web",
            "subdir": "",
            "servers": tuple(map(Server, HOSTS)),
            "source": "gfs1:/web",
            "options": options.parse(opts),
            "order": "listed",
        }
        return model.MountSpec(**{**values, **changes})

    def speak_ipv6(self, release):
        """From now on the servers have addresses of IPv6 alone, and the client is of this release."""
        self.addresses = {host: f"fd00:6::{number}" for number, host in enumerate(HOSTS, 1)}
        self.release = release

    def leave_the_host(self, propagation):
        """From now on in a mount namespace of its own, in which the root has this propagation; the host's is shared:1."""
        (self.proc.path / "1" / "ns").mkdir(parents=True)
        (self.proc.path / "1" / "ns" / "mnt").symlink_to("mnt:[2]")
        (self.proc.path / "1" / "mountinfo").write_text("1 0 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n")
        self.propagation = propagation
        self._write_mountinfo()

    # -- what a test asks

    def started(self):
        """The command lines of the clients that were started."""
        return [argv for argv in self.ran if os.path.basename(argv[0]) == "glusterfs"]

    def left(self):
        """Every trace of a mount at ``path``: entries of the kernel, processes, guards, directories."""
        mounts = [entry.line() for entry in self.mounts if entry.path == self.path]
        processes = [f"process {name}" for name in os.listdir(self.proc.root) if name.isdigit()]
        guards = [f"guard of {path}" for path in self.guarded]
        return mounts + processes + guards + [str(path) for path in self.parent.rglob("*")]

    # -- the network

    def getspec(self, server, volume, _timeout, *, progress):
        self.asked.append((server.host, volume))
        progress(Step.GETSPEC)
        host = next((name for name, address in self.addresses.items() if address == server.host), server.host)
        says = self.says.get(host)
        if isinstance(says, Exception):
            raise says
        peers = tuple(name for name in HOSTS if name != host)
        graph = self.graphs.get(host, self.graph)
        return says or Later(0.002, Spec(volfile.parse(graph), peers, self.addresses.get(host, "")))

    @contextlib.contextmanager
    def beside(self, call):
        """What is done beside something else is done after it, for watch_seconds."""
        future = Future()
        yield future
        until = self.clock.now() + self.watch_seconds
        future.set_result(call(lambda: self.clock.now() >= until))

    def brick_port(self, server, _path, _timeout, **_more):
        if server.host in self.silent:
            raise AskFailed(Step.GETSPEC, Outcome.TIMEOUT, "no answer")
        return None if server.host in self.down else 49152

    def resolve(self, host, port, **_more):
        if host in self.nameless:
            raise socket.gaierror(self.nameless[host], "of this name")
        if host in self.addresses.values():
            return [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", (host, port))]
        if host not in self.addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (self.addresses[host], port))]

    # -- directories

    def set_guard(self, path):
        if os.listdir(path):
            return Guard(False, "it is not empty")
        self.guarded.add(path)
        return Guard(True)

    # -- mounts and processes

    def put_beneath(self, source, target):
        if self.old_kernel:
            return False
        self._last += 1
        shown, top = self.top(source), self.top(target)
        new = replace(shown, id=self._last, path=target, device=shown.device or shown.id, parent=top.parent)
        self.mounts.insert(self.mounts.index(top), new)
        top.parent = new.id
        self._write_mountinfo()
        return True

    def add_mount(self, *, fstype="fuse.glusterfs", source="gfs1:/web", path=None, pid=0, **more):
        """Something that is mounted."""
        self._last += 1
        entry = Entry(self._last, path or self.path, fstype, source, pid, **{"volfile": self.graph, **more})
        self.mounts.append(entry)
        self._write_mountinfo()
        return entry

    def add_gluster(self, argv=None, **more):
        """A mount and its client, which was started by ``argv``."""
        argv = argv or ("/usr/sbin/glusterfs", "--volfile-server=gfs1", "--volfile-id=/web", self.path)
        pid = 100 + self._last
        entry = self.add_mount(path=argv[-1], pid=pid, **more)
        host = next(word.partition("=")[2] for word in argv if word.startswith("--volfile-server="))
        # A client that is given an address is taken for one of the first server.
        connection = self._tcp(ADDRESSES.get(host, ADDRESSES[HOSTS[0]]))
        self.proc.add(pid, argv, connection=entry.id, started=pid, sockets=(9,), tcp=connection)
        return entry

    def bind(self, entry, path, root="/"):
        """Somebody binds a mount, or the directory ``root`` of it, to another place."""
        self._last += 1
        self.mounts.append(replace(entry, id=self._last, path=path, root=root, device=entry.device or entry.id))
        self._write_mountinfo()
        return self.mounts[-1]

    def add_user(self, pid, name, target):
        """A process with its working directory at ``target``."""
        folder = self.proc.path / str(pid)
        for part in ("fd", "map_files"):
            (folder / part).mkdir(parents=True)
        (folder / "cwd").symlink_to(target)
        (folder / "comm").write_text(f"{name}\n")

    def client_dies(self, entry):
        self.proc.remove(entry.pid)

    def kill(self, pid, _signal):
        self.killed.append(pid)
        if not self.unkillable:
            self.proc.remove(pid)

    def connections(self):
        """Those of all that is mounted somewhere, and of what ``kept`` (ids) says is in use unseen; none without fusectl."""
        numbers = {entry.device or entry.id for entry in self.mounts} | self.kept if self.fusectl else set()
        return Connections(1, {str(number): 1000 + number for number in numbers})

    def top(self, path):
        return next((entry for entry in reversed(self.mounts) if entry.path == path), None)

    def _alive(self, pid):
        return (self.proc.path / str(pid)).exists()

    def _busy(self, entry):
        """Whether a process, which ``users`` may or may not see, is on it."""
        links = [f"{self.proc.root}/{name}/cwd" for name in os.listdir(self.proc.root)]
        targets = [os.readlink(link) for link in links if os.path.islink(link)]
        return any(f"{target}/".startswith(f"{entry.path}/") for target in targets)

    def _write_mountinfo(self):
        lines = [f"1 0 8:1 / / rw {self.propagation} - ext4 /dev/sda1 rw\n", *(entry.line() for entry in self.mounts)]
        (self.proc.path / "self" / "mountinfo").write_text("".join(lines), errors="surrogateescape")

    @staticmethod
    def _tcp(address):
        number = struct.unpack("<I", socket.inet_aton(address))[0]
        return f"head\n0: 0A00000A:C001 {number:08X}:5DC7 01 0:0 0:0 0 0 0 9 1\n"

    # -- commands

    def at(self, time, act):
        """Do something to the machine as soon as its clock has come to ``time``; a look that hangs until then answers."""
        self.later = (time, act)

    def run(self, argv, timeout, clock=None):
        if self.later and self.clock.now() + timeout >= self.later[0] and "-c" in argv:
            (time, act), self.later = self.later, None
            self.clock.time = max(self.clock.time, time)
            act()
        assert timeout > 0, f"{argv} has no time at all"
        argv = tuple(argv)
        if os.path.basename(argv[0]) == "systemd-run":
            self.ran.append(argv)
            argv = argv[argv.index("--", argv.index("--scope")) + 1 :]
        if argv[-1] == "--version":
            unknown = [word for word in argv if word.startswith(self.lacks)] if self.lacks else []
            if unknown:
                return self.ended(argv, 64, "", f"{argv[0]}: unrecognized option '{unknown[0]}'\n")
            return self.ended(argv, 0, f"glusterfs {self.release}\n")
        if "-c" in argv and argv[-1].isdigit() and argv[-5].startswith("/"):
            self.made_subdirs.append(argv[-4:])
            code = self.makes.pop(0) if self.makes else 0
            self.subdirs[argv[-4]] = self.subdirs.get(argv[-4], errno.ENOENT) if code else 0
            return self.ended(argv, 0, f"{code} {int(not code)}\n")
        if "-c" in argv and argv[-2].startswith("/"):
            return self.ended(argv, 0, f"{self.subdirs.get(argv[-1], errno.ENOENT)}\n")
        if "-c" in argv:
            return self._look(argv, timeout) if argv[-2] == "mount" else self._place(argv, timeout)
        self.ran.append(argv)
        program = os.path.basename(argv[0])
        if program == "glusterfs":
            act = self.starts.pop(0) if self.starts else mounts
            return act(self, argv, timeout)
        if program == "umount":
            return self._umount(argv, timeout)
        if program == "mount" and "--bind" in argv:
            return self._bind(argv)
        return self.ended(argv, 0)

    def ended(self, argv, rc, stdout="", stderr="", seconds=0.01):
        self.clock.time += seconds
        return Completed(tuple(argv), rc, stdout, stderr, seconds)

    def _look(self, argv, timeout):
        """The child that looks at a mount."""
        entry = self.top(argv[-1])
        reach = ("reach", 0, entry.id if entry else 1)
        if entry and entry.answers == HUNG:
            done = self.ended(argv, None, ascii(reach) + "\n", seconds=timeout)
            return self._stays(entry, done) if self.looks_stay else done
        if entry and (entry.answers == DEAD or not self._alive(entry.pid)):
            steps = ((step, errno.ENOTCONN, None) for step in ("statvfs", "stat", "entry", "graph"))
            return self._answers(argv, reach, *steps, ("client", 0, self._alive(entry.pid)))
        inode = 1 if entry else 4711
        shown = None
        if entry and entry.volfile:
            try:
                bricks = volfile.parse(entry.volfile).bricks
            except ValueError:  # for those who ask to find out
                bricks = ()
            unreachable = self.down | entry.unconnected
            shown = [entry.volfile, [brick.name for brick in bricks if brick.host not in unreachable]]
        return self._answers(
            argv,
            reach,
            ("statvfs", 0, 100),
            ("stat", 0, inode),
            ("entry", 0, None),
            ("graph", 0 if shown else 2, shown),
        )

    def _stays(self, entry, done):
        """The child hangs on, and so keeps the file system in use, until look_ends."""
        self.kept.add(entry.id)
        self.proc.add(LOOK, ("/usr/bin/python3",), exe="/usr/bin/python3", fuse=False)
        return done._replace(left=LOOK)

    def look_ends(self, entry):
        """The client has answered the child, which was given up long ago."""
        self.kept.discard(entry.id)
        self.proc.remove(LOOK)
        if not any(other.pid == entry.pid for other in self.mounts):
            self.client_dies(entry)

    def _place(self, argv, timeout):
        """The child that looks at a place to mount on; one below a hung mount hangs."""
        path = os.path.realpath(argv[-1])
        hung = [
            entry.path for entry in self.mounts if entry.answers == HUNG and f"{path}/".startswith(f"{entry.path}/")
        ]
        if hung:
            known = ascii(("real", 0, path)) + "\n" if path in hung else ""
            return self.ended(argv, None, known, seconds=timeout)
        kind = ("kind", 0, "directory" if os.path.isdir(path) else "other")
        if not os.path.lexists(path):
            kind = ("kind", errno.ENOENT, None)
        return self._answers(argv, ("real", 0, path), kind, ("brick", 0, path in self.brick_paths))

    def _answers(self, argv, *steps):
        return self.ended(argv, 0, "".join(ascii(step) + "\n" for step in steps))

    def _bind(self, argv):
        source = self.top(argv[-2])
        if source is None or self.unbindable:
            return self.ended(argv, 32, stderr=f"mount: {argv[-1]}: special device does not exist.\n")
        self._last += 1
        self.mounts.append(replace(source, id=self._last, path=argv[-1], device=source.id))
        self._write_mountinfo()
        return self.ended(argv, 0)

    def _umount(self, argv, timeout):
        lazy, entry = "-l" in argv, self.top(argv[-1])
        if entry is None:
            return self.ended(argv, 32, stderr=f"umount: {argv[-1]}: not mounted.\n")
        if entry.answers == HUNG and not lazy:
            return self.ended(argv, None, seconds=timeout)
        if self._busy(entry) and not lazy:
            return self.ended(argv, 32, stderr=f"umount: {argv[-1]}: target is busy.\n")
        below = [other for other in self.mounts if lazy and other.path.startswith(f"{entry.path}/")]
        for gone in (entry, *below):
            self.mounts.remove(gone)
        self._write_mountinfo()
        shown = any(other.pid == entry.pid for other in self.mounts) or (entry.device or entry.id) in self.kept
        if entry.answers != HUNG and not shown and not self._busy(entry) and entry.pid not in self.flushing:
            with contextlib.suppress(FileNotFoundError):
                self.proc.remove(entry.pid)
        return self.ended(argv, 0)


def report_of(spec, node, **more):
    """The report of a mount with which nothing else is done."""
    with mount(spec, node, **more) as report:
        return report


# -- what a start of the client does: act(machine, argv, timeout)


def mounts(machine, argv, _timeout):
    """A mount that is well."""
    machine.add_gluster(argv, source=_source(argv))
    return machine.ended(argv, 0, seconds=0.03)


def mounts_but(**more):
    """A mount that is not: answers=HUNG, unconnected={"gfs1"}, ..."""

    def act(machine, argv, _timeout):
        machine.add_gluster(argv, source=_source(argv), **more)
        return machine.ended(argv, 0, seconds=0.03)

    return act


def exits(rc, *, stderr="", log="", by="fuse", mounted=False):
    """The client ends without a mount; a dead one stays behind if ``mounted``. log: what its translator ``by`` complains of in its log."""

    def act(machine, argv, _timeout):
        if log:
            path = next(word.partition("=")[2] for word in argv if word.startswith("--log-file="))
            with open(path, "a", encoding="utf-8") as file:
                file.write(f"[2026-11-23 15:05:52.402076 +0000] E [a.c:1:f] 0-{by}: {log}\n")
        if mounted:
            machine.add_mount(answers=DEAD)
        return machine.ended(argv, rc, stderr=stderr)

    return act


def hangs(machine, argv, timeout):
    """The client mounts first and fetches the volfile then, for ever; it has left the process group that is killed."""
    machine.add_gluster(argv, answers=HUNG)
    return machine.ended(argv, None, seconds=timeout)


def interrupted_by(error):
    """What the engine began is interrupted while the client starts."""

    def act(machine, argv, _timeout):
        machine.add_gluster(argv, answers=HUNG)
        raise error

    return act


def _source(argv):
    """What the mount shows: the client adds the subdirectory to the name that it is given."""
    named = dict(word.split("=", 1) for word in argv if word.startswith("--") and "=" in word)
    return named["--fs-display-name"] + named.get("--subdir-mount", "")
