# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults: how each is made and undone, and what must hold after. A new fault is one entry of FAULTS.

A fault of a server is met by the module with that server listed first, so that it is the first one asked. The functions say how a fault is made; each
gives a context manager that makes and undoes it, or a function that does so for a lab.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Callable

from ansible_collections.evenkeel.glusterfs.tests.lab import NODE, PATH, PEERS, STRANGER, eventually, undone


@dataclass(frozen=True)
class Fault:
    """One fault.

    name: what a user would call it. make: a context manager that makes and undoes it. servers: listed for the module, the faulty one first.
    arguments: more for the module. outcome: of the last attempt at the first server; "" where none is told, since the run ends without a try.
    seconds: bound on what the run takes more than one with nothing wrong.
    cut_off: the hosts from whose bricks the client must be disconnected, and from no others.
    mounts: whether the module must succeed all the same. message: what its error must say where it must not.
    warning: what it must warn of where it succeeds. writes: whether root can write through the mount. holds: what else must be so after success, a
    function of the lab that asserts it.
    long: left to make test-all.
    """

    name: str
    make: Callable
    servers: tuple = PEERS
    arguments: dict = field(default_factory=dict)
    outcome: str = "silent"
    seconds: float = 3.0
    cut_off: tuple = ()
    mounts: bool = True
    message: tuple = ()
    warning: str = ""
    writes: bool = True
    holds: Callable = lambda _lab: None
    long: bool = False


def no_fault(_lab):
    return ExitStack()


# -- of a server


def glusterd_stopped(lab, name="gfs1"):
    host = lab.host(name)
    return undone(lambda: host.run("systemctl", "stop", "glusterd"), host.start_glusterd)


def frozen(*patterns):
    """The processes of the first server that match do not go on."""

    def make(lab):
        host = lab.host("gfs1")
        return undone(
            lambda: [host.signal("STOP", pattern) for pattern in patterns],
            lambda: [host.signal("CONT", pattern) for pattern in patterns],
        )

    return make


GLUSTERD = "/usr/sbin/glusterd "
BRICKS = "/usr/sbin/glusterfsd "

STUTTER = """
import os, signal, subprocess, time
pids = [int(pid) for pattern in {patterns} for pid in subprocess.check_output(["pgrep", "--full", "^" + pattern]).split()]
print("ready", flush=True)
while True:
    for number, seconds in ((signal.SIGSTOP, {seconds}), (signal.SIGCONT, 0.05)):
        for pid in pids:
            os.kill(pid, number)
        time.sleep(seconds)
"""


def slow(seconds):
    """The processes of the first server go on for a moment every so many seconds."""

    @contextmanager
    def make(lab):
        host = lab.host("gfs1")
        try:
            with host.in_background(STUTTER.format(patterns=[GLUSTERD, BRICKS], seconds=seconds)):
                yield
        finally:
            for pattern in (GLUSTERD, BRICKS):
                host.signal("CONT", pattern)

    return make


def drops(*rules, host="gfs1"):
    """A host, the first server, has these rules of nftables, each a chain's hook and what is matched and done there."""

    def make(lab):
        there = lab.host(host)

        def drop():
            there.in_network("nft", "add table inet fault")
            for hook, rule in rules:
                there.in_network("nft", f"add chain inet fault {hook} {{ type filter hook {hook} priority 0 ; }}")
                there.in_network("nft", f"add rule inet fault {hook} {rule}")

        return undone(drop, lambda: there.in_network("nft", "delete", "table", "inet", "fault"))

    return make


def no_arp(lab):
    host = lab.host("gfs1")

    def unplug():
        host.in_network("ip", "link", "set", "eth0", "down")
        lab.node.in_network("ip", "neigh", "flush", "all")

    return undone(unplug, lambda: host.in_network("ip", "link", "set", "eth0", "up"))


def insecure_ports_refused(lab):
    """The glusterd of the first server takes calls from privileged ports only, from which no client of GlusterFS has called since 3.7."""
    return glusterd_option(lab.host("gfs1"), "rpc-auth-allow-insecure off")


def glusterd_option(host, option):
    """The glusterd of a host runs with this line more in its configuration."""
    file = "/etc/glusterfs/glusterd.vol"

    def restart(change):
        host.run("sed", "-i", change, file)
        host.run("systemctl", "stop", "glusterd")
        host.start_glusterd()

    return undone(
        lambda: restart(f"s/^end-volume/    option {option}\\n&/"),
        lambda: restart(f"/^    option {option}$/d"),
    )


@contextmanager
def dead_address_first(lab):
    """The name ``twofold`` has two addresses on the node, and the one that the resolver gives first answers nothing."""
    node = lab.node
    own = ip_address(node.run("hostname", "-I").split()[0])
    taken = {name: node.run("getent", "ahostsv4", name).split()[0] for name in (*PEERS, STRANGER, "node2")}
    # Without its resolver the node would find nobody.
    lines = map(str.split, node.run("cat", "/etc/resolv.conf").splitlines())
    taken.update({words[1]: words[1] for words in lines if words[:1] == ["nameserver"]})
    # Of two addresses the one with more leading bits of the node's own comes first (RFC 6724, rule 9).
    alive = max((taken[name] for name in PEERS), key=lambda address: int(ip_address(address)) ^ int(own))
    nearest = [ip_address(int(own) ^ bits) for bits in range(1, 256)]
    dead = [address for address in nearest if str(address) not in taken.values()][0]
    with named(node, (dead, "twofold"), (alive, "twofold")), drops(("output", f"ip daddr {dead} drop"), host=NODE)(lab):
        yield


@contextmanager
def ipv6_alone(lab):
    """The stranger serves the volume ``six`` by the name ``six`` and IPv6, and by nothing else."""
    host = lab.host(STRANGER)
    with ExitStack() as stack:
        for number, each in enumerate((host, lab.node), 1):
            address = f"fd00:6::{number}/64"
            each.in_network("ip", "address", "add", address, "dev", "eth0", "nodad")
            stack.callback(each.in_network, "ip", "address", "delete", address, "dev", "eth0")
            stack.enter_context(named(each, ("fd00:6::1", "six")))
        stack.enter_context(glusterd_option(host, "transport.address-family inet6"))
        stack.enter_context(made("mkdir -p /bricks/six", "rm -r /bricks/six", STRANGER)(lab))
        for words in (("create", "six", "six:/bricks/six"), ("set", "six", "transport.address-family", "inet6")):
            host.run("gluster", "--mode=script", "volume", *words)
        stack.callback(host.run, "gluster", "--mode=script", "volume", "delete", "six")
        host.run("gluster", "--mode=script", "volume", "start", "six")
        stack.callback(host.run, "gluster", "--mode=script", "volume", "stop", "six")
        yield


@contextmanager
def named(host, *names):
    """A host knows these names: (address, name) each, in its /etc/hosts."""
    kept = host.run("cat", "/etc/hosts")
    host.write("/etc/hosts", kept + "".join(f"{address} {name}\n" for address, name in names))
    try:
        yield
    finally:
        host.write("/etc/hosts", kept)


LISTEN = """
import socket, struct, threading, time
listener = socket.create_server(("", 24007))

def call(connection):
    mark = struct.unpack(">I", connection.recv(4, socket.MSG_WAITALL))[0]
    return connection.recv(mark & 0x7FFFFFFF, socket.MSG_WAITALL)

def reply(xid, volfile=b""):
    head = xid + struct.pack(">6I", 1, 0, 0, 0, 0, 0)
    text = volfile + bytes(-len(volfile) % 4)
    message = head[:24] + struct.pack(">iiI", len(volfile), 0, len(volfile)) + text + struct.pack(">I", 0)
    return struct.pack(">I", 0x80000000 | len(message)) + message

def answer(connection):
    {behaviour}

print("ready")
while True:
    threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()
"""


def impostor(*lines):
    """Something that is no glusterd listens on glusterd's port of the stranger, and does this with each connection."""

    @contextmanager
    def make(lab):
        code = LISTEN.replace("{behaviour}", "\n    ".join(lines))
        with glusterd_stopped(lab, STRANGER), lab.host(STRANGER).in_background(code):
            yield

    return make


STRANGER_FIRST = (STRANGER, *PEERS)


# -- of a volume


def volume_stopped(lab):
    return undone(lambda: lab.gluster("volume", "stop", "pages"), lambda: lab.gluster("volume", "start", "pages"))


@contextmanager
def volume(lab, name, words, bricks):
    """A volume of another kind. bricks: how many each of the peers has."""
    places = [(host, f"/bricks/{name}{number}") for host, count in zip(PEERS, bricks) for number in range(count)]
    listed = [f"{host}:{path}" for host, path in places]
    try:
        lab.gluster("volume", "create", name, *words, *listed, "force")
        lab.gluster("volume", "start", name)
        yield
    finally:
        for command in ("stop", "delete"):
            eventually(lambda command=command: _done(lab, command, name), 60, f"volume {command} {name}")
        for host, path in places:
            lab.host(host).run("rm", "-rf", path)


def _done(lab, command, name):
    """Whether a volume is stopped or deleted; it takes a moment after a server was away."""
    lab.host(PEERS[0]).run("gluster", "--mode=script", "volume", command, name, check=False)
    info = lab.gluster("volume", "info", name) if name in lab.gluster("volume", "list").split() else ""
    return not info if command == "delete" else "Status: Started" not in info


def of_volume(words, bricks, fault, name="kind"):
    """A fault, while there is a volume of another kind."""

    @contextmanager
    def make(lab):
        with volume(lab, name, words, bricks), fault(lab):
            yield

    return make


def all_of(*faults):
    """Some faults at once."""

    @contextmanager
    def make(lab):
        with ExitStack() as stack:
            for fault in faults:
                stack.enter_context(fault(lab))
            yield

    return make


def silent_hosts(*names):
    """These hosts drop all packets."""
    return all_of(*(drops(("input", "drop"), ("output", "drop"), host=name) for name in names))


def bricks_killed(*hosts):
    """The brick processes of the volume ``pages`` on these hosts are gone."""

    def make(lab):
        return undone(
            lambda: [lab.host(name).signal("KILL", f"{BRICKS}.*/bricks/pages") for name in hosts],
            lambda: lab.gluster("volume", "start", "pages", "force"),
        )

    return make


def with_option(name, value):
    """The volume ``pages`` has an option."""

    def make(lab):
        return undone(
            lambda: lab.gluster("volume", "set", "pages", name, value),
            lambda: lab.gluster("volume", "reset", "pages", name),
        )

    return make


@contextmanager
def private_root(lab):
    """Root of the node is nobody on the volume ``pages``, whose root directory only another user may enter."""
    with with_option("server.root-squash", "on")(lab), private(lab, "0700"):
        yield


def private(lab, mode):
    return undone(lambda: _chmod_root(lab, mode), lambda: _chmod_root(lab, "0755"))


def _chmod_root(lab, mode):
    for name in PEERS:
        lab.host(name).run("chmod", mode, "/bricks/pages")


# -- of the node


@contextmanager
def dead_dns(lab):
    """No DNS server answers the node; the peers are in /etc/hosts."""
    node = lab.node
    peers = [(node.run("getent", "ahostsv4", name).split()[0], name) for name in PEERS]
    with drops(("input", "udp sport 53 drop"), host=NODE)(lab), named(node, *peers):
        yield


def made(do, undo, name=NODE):
    """Commands that make it and unmake it on a host, the node, as the shell has them."""

    def make(lab):
        host = lab.host(name)
        return undone(lambda: host.run("sh", "-ec", do), lambda: host.run("sh", "-ec", undo))

    return make


def fstab_is_still_a_link(lab):
    assert lab.node.run("readlink", "/etc/fstab").strip() == "fstab.real"
    assert PATH in lab.node.run("cat", "/etc/fstab.real")


MANY = "".join(f"UUID={number:036} /data/{number}\\t xfs  noauto 0 0\\n" for number in range(1000))


def fstab_has_all_its_lines(lab):
    lines = lab.node.run("cat", "/etc/fstab").splitlines()
    others = [line for line in lines if PATH not in line]
    assert len(lines) == len(others) + 1
    assert "\n".join(others[-1000:]) + "\n" == MANY.encode().decode("unicode_escape")


def mounted_behind_the_link(lab):
    assert " /srv/real fuse.glusterfs " in lab.node.run("cat", "/proc/mounts")


def silent(name, make, outcome="cut off", cut_off=("gfs1",), **more):
    """A fault under which nothing at all comes from where a brick is: the client does not wait for that brick."""
    return Fault(name, make, outcome=outcome, cut_off=cut_off, **more)


KIND = {"volume": "kind"}
ARBITER = (("replica", "3", "arbiter", "1"), (1, 1, 1))
CODED = (("disperse", "6", "redundancy", "2"), (1, 1, 4))


FAULTS = (
    Fault("nothing is wrong", no_fault, outcome="ok"),
    # What is asked first is not there, or says nothing.
    Fault("connection refused", glusterd_stopped, outcome="refused"),
    silent("host drops all packets", drops(("input", "drop"), ("output", "drop"))),
    silent("only glusterd's port is dropped", drops(("input", "tcp dport 24007 drop")), long=True),
    silent("no ARP answer", no_arp),
    silent("glusterd frozen", frozen(GLUSTERD)),
    silent("host frozen", frozen(GLUSTERD, BRICKS), long=True),
    silent("bricks of one host frozen", frozen(BRICKS), outcome="ok"),
    silent("host of an arbitrated volume silent", of_volume(*ARBITER, silent_hosts("gfs1")), arguments=KIND),
    silent(
        "arbiter's host silent",
        of_volume(*ARBITER, silent_hosts("gfs3")),
        arguments=KIND,
        outcome="ok",
        cut_off=("gfs3",),
        long=True,
    ),
    silent(
        "two hosts of a dispersed volume 4+2 silent",
        of_volume(*CODED, silent_hosts("gfs1", "gfs2")),
        arguments=KIND,
        cut_off=("gfs1", "gfs2"),
        long=True,
    ),
    Fault(
        "two hosts of three silent",
        silent_hosts("gfs1", "gfs2"),
        arguments={"timeout_total": 5},
        outcome="silent",
        seconds=12,
        mounts=False,
        message=("timeout_total is 5 s", "gfs1", "gfs2", "gfs3"),
        long=True,
    ),
    # What is slow is waited for.
    Fault(
        "one packet in five that opens a connection is lost",
        drops(("input", "tcp flags & (syn | ack) == syn numgen random mod 5 == 0 drop")),
        outcome="ok",
        seconds=14,
        long=True,
    ),
    Fault("host answers after 0.3 s", slow(0.3), outcome="ok", seconds=14, long=True),
    Fault("host answers after 0.6 s", slow(0.6), outcome="ok", seconds=14, long=True),
    Fault("host answers after 0.9 s", slow(0.9), outcome="ok", seconds=14, long=True),
    Fault(
        "DNS server dead",
        dead_dns,
        ("gfs9.example", *PEERS),
        seconds=4,
    ),
    Fault("first address of a name is dead", dead_address_first, ("twofold",), outcome="ok", seconds=5),
    Fault(
        "servers with IPv6 alone",
        ipv6_alone,
        ("six",),
        arguments={"volume": "six"},
        outcome="ok",
        long=True,
    ),
    # It says the wrong thing.
    Fault("accepts, then closes", impostor("connection.close()"), STRANGER_FIRST, outcome="closed"),
    Fault(
        "accepts, then resets",
        impostor(
            "call(connection)",
            "connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))",
            "connection.close()",
        ),
        STRANGER_FIRST,
        outcome="closed",
    ),
    Fault(
        "answers garbage",
        impostor("call(connection)", "connection.sendall(b'HTTP/1.1 400 Bad Request\\r\\n' * 40)", "time.sleep(60)"),
        STRANGER_FIRST,
        outcome="garbage",
    ),
    Fault(
        "answers a byte a second",
        impostor(
            "for byte in reply(call(connection)[:4], b'volume x'):",
            "    connection.sendall(bytes([byte]))",
            "    time.sleep(1)",
        ),
        STRANGER_FIRST,
        seconds=4,
    ),
    Fault(
        "announces two gigabytes",
        impostor(
            "call(connection)", "connection.sendall(struct.pack('>I', 0xFFFFFFFF) + bytes(65536))", "time.sleep(60)"
        ),
        STRANGER_FIRST,
        outcome="garbage",
    ),
    Fault(
        "answers another's question",
        impostor("call(connection)", "connection.sendall(reply(b'abcd', b'volume x'))", "time.sleep(60)"),
        STRANGER_FIRST,
        outcome="garbage",
    ),
    Fault(
        "answers with an empty volfile",
        impostor("connection.sendall(reply(call(connection)[:4]))", "time.sleep(60)"),
        STRANGER_FIRST,
        outcome="garbage",
    ),
    Fault("stale peer does not know the volume", no_fault, STRANGER_FIRST, outcome="no volume"),
    Fault("refuses calls from ports above 1023", insecure_ports_refused, outcome="denied", seconds=14, long=True),
    # The volume does not let itself be mounted, or not wholly.
    Fault(
        "no server knows the volume",
        no_fault,
        arguments={"volume": "nowhere"},
        outcome="no volume",
        mounts=False,
        message=("no server has a volume nowhere", "gfs1", "gfs2", "gfs3"),
    ),
    Fault(
        "volume stopped",
        volume_stopped,
        arguments={"volume": "pages", "timeout_total": 5},
        outcome="bricks down",
        seconds=8,
        mounts=False,
        message=("timeout_total is 5 s", "gfs1:/bricks/pages", "gfs2:/bricks/pages", "gfs3:/bricks/pages"),
    ),
    Fault(
        "all bricks down",
        bricks_killed(*PEERS),
        arguments={"volume": "pages", "timeout_total": 5},
        outcome="bricks down",
        seconds=8,
        mounts=False,
        message=("timeout_total is 5 s", "gfs1:/bricks/pages", "gfs2:/bricks/pages", "gfs3:/bricks/pages"),
        long=True,
    ),
    Fault(
        "a brick of a distributed volume down",
        bricks_killed("gfs2"),
        arguments={"volume": "pages", "timeout_total": 5},
        outcome="bricks down",
        seconds=8,
        mounts=False,
        message=("timeout_total is 5 s", "gfs2:/bricks/pages: no process serves it"),
        long=True,
    ),
    Fault(
        "a brick of a distributed volume down, and any will do",
        bricks_killed("gfs2"),
        arguments={"volume": "pages", "require": "any"},
        outcome="ok",
        seconds=14,
        warning="files are missing or cannot be written: pages-client-1 is not connected to gfs2:/bricks/pages",
        writes=False,
    ),
    Fault(
        "clients are refused",
        with_option("auth.reject", "*"),
        arguments={"volume": "pages"},
        outcome="fatal",
        mounts=False,
        message=("cannot be mounted", "Authentication"),
    ),
    Fault(
        "subdirectory missing",
        no_fault,
        arguments={"subdir": "no/such/directory"},
        outcome="fatal",
        mounts=False,
        message=("cannot be mounted", "/no/such/directory", "is not found"),
    ),
    Fault(
        "root may not look into the volume",
        private_root,
        arguments={"volume": "pages"},
        outcome="ok",
        writes=False,
    ),
    # The node is no ordinary one.
    Fault(
        "500 mounts",
        made(
            "for n in $(seq 500); do mkdir -p /mnt/many/$n; mount -t tmpfs -o size=4k tmpfs /mnt/many/$n; done",
            "umount /mnt/many/*; rm -r /mnt/many",
        ),
        outcome="ok",
        seconds=4,
        long=True,
    ),
    Fault(
        "fstab read-only",
        made("mount --bind /etc/fstab /etc/fstab; mount -o remount,bind,ro /etc/fstab", "umount /etc/fstab"),
        outcome="",
        mounts=False,
        message=("/etc/fstab",),
    ),
    Fault(
        "fstab on a read-only file system",
        made("mkdir /srv/ro; mount -t tmpfs -o ro tmpfs /srv/ro", "umount /srv/ro; rmdir /srv/ro"),
        arguments={"fstab_file": "/srv/ro/fstab"},
        outcome="",
        mounts=False,
        message=("/srv/ro/fstab", "Read-only file system"),
    ),
    Fault(
        "fstab on a full disk",
        made(
            "mkdir /srv/small; mount -t tmpfs -o size=8k tmpfs /srv/small; head -c 3000 /dev/zero | tr '\\0' '#' >/srv/small/fstab; "
            "! cat /dev/zero >/srv/small/filler 2>/dev/null",
            "umount /srv/small; rmdir /srv/small",
        ),
        arguments={"fstab_file": "/srv/small/fstab"},
        outcome="",
        mounts=False,
        message=("/srv/small/fstab", "No space left on device"),
    ),
    Fault(
        "fstab is a link",
        made("mv /etc/fstab /etc/fstab.real; ln -s fstab.real /etc/fstab", "mv /etc/fstab.real /etc/fstab"),
        outcome="ok",
        holds=fstab_is_still_a_link,
    ),
    Fault(
        "fstab of 1,000 lines",
        made(f"cp -p /etc/fstab /etc/fstab.kept; printf '{MANY}' >>/etc/fstab", "mv /etc/fstab.kept /etc/fstab"),
        outcome="ok",
        holds=fstab_has_all_its_lines,
    ),
    Fault(
        "mount point is a link",
        made("mkdir /srv/real; ln -s real /srv/link", "rm -f /srv/link; [ ! -d /srv/real ] || rmdir /srv/real"),
        arguments={"path": "/srv/link"},
        outcome="ok",
        holds=mounted_behind_the_link,
    ),
    Fault(
        "mount point is a file",
        made("touch /srv/file", "rm /srv/file"),
        arguments={"path": "/srv/file"},
        outcome="",
        mounts=False,
        message=("/srv/file is there and is no directory",),
    ),
    Fault(
        "mount point beyond ASCII, with blanks",
        no_fault,
        arguments={"path": "/srv/größe/雪 und Eis", "fstab": "none"},
        outcome="ok",
    ),
    Fault(
        "mount point below another mount",
        made("mkdir /srv/outer; mount -t tmpfs tmpfs /srv/outer", "umount /srv/outer; rmdir /srv/outer"),
        arguments={"path": "/srv/outer/a/b"},
        outcome="ok",
    ),
    Fault(
        "mount point below a link",
        made("mkdir /srv/real; ln -s real /srv/link", "rm -f /srv/link; rmdir /srv/real"),
        arguments={"path": "/srv/link/below"},
        outcome="ok",
    ),
    Fault(
        "mount point of 1,000 characters",
        made("true", f"rm -r /srv/{'d' * 200}"),
        arguments={"path": f"/srv{('/' + 'd' * 200) * 5}"},
        outcome="ok",
    ),
    Fault(
        "/run full",
        made(
            "mkdir -p /run/evenkeel.glusterfs; mount -t tmpfs -o nr_inodes=1 tmpfs /run/evenkeel.glusterfs",
            "umount /run/evenkeel.glusterfs",
        ),
        outcome="",
        mounts=False,
        message=("its lock /run/evenkeel.glusterfs/srv-fault.lock cannot be taken: No space left on device",),
    ),
    Fault(
        "other users' processes are hidden",
        made("mount -o remount,hidepid=2 /proc", "mount -o remount,hidepid=0 /proc"),
        outcome="ok",
    ),
    Fault(
        "systemd is not the init",
        made("mv /run/systemd/system /run/systemd/system.away", "mv /run/systemd/system.away /run/systemd/system"),
        outcome="ok",
    ),
    Fault(
        "no system bus",
        made("systemctl stop dbus.socket dbus.service", "systemctl start dbus.socket"),
        outcome="ok",
    ),
    Fault(
        "no room for the client's log",
        made(
            "mount -t tmpfs -o size=4k tmpfs /var/log/glusterfs; ! head -c 8192 /dev/zero >/var/log/glusterfs/filler",
            "umount /var/log/glusterfs",
        ),
        outcome="ok",
    ),
    Fault(
        "client's log read-only",
        made("mount -t tmpfs -o ro tmpfs /var/log/glusterfs", "umount /var/log/glusterfs"),
        outcome="fatal",
        mounts=False,
        message=("failed to create logfile", "Read-only file system"),
    ),
    Fault(
        "no FUSE on the node",
        made("mv /dev/fuse /dev/fuse.away", "mv /dev/fuse.away /dev/fuse"),
        outcome="fatal",
        mounts=False,
        message=("cannot run on this node", "cannot open /dev/fuse"),
    ),
    Fault(
        "/tmp read-only",
        made("mount -t tmpfs -o ro tmpfs /tmp", "umount /tmp"),
        outcome="fatal",
        mounts=False,
        message=("cannot run on this node", "temporary file", "/tmp/"),
    ),
    Fault(
        "/tmp full",
        made(
            "mount -t tmpfs -o size=8k tmpfs /tmp; ! cat /dev/zero >/tmp/filler 2>/dev/null",
            "umount /tmp",
        ),
        arguments={"timeout_total": 5},
        outcome="client failed",
        seconds=9,
        mounts=False,
        message=("/tmp: see whether that is full",),
    ),
    Fault(
        "no client on the node",
        made("mv /usr/sbin/glusterfs /usr/sbin/glusterfs.away", "mv /usr/sbin/glusterfs.away /usr/sbin/glusterfs"),
        outcome="",
        mounts=False,
        message=("no GlusterFS client on this node", "glusterfs-client"),
    ),
)
