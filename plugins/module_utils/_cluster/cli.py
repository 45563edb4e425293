# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one way to run the gluster command, and the one way to wait for what it has begun."""

from __future__ import annotations

import re
import shlex
import socket
from dataclasses import dataclass, field
from typing import Any, Callable, Sequence
from xml.etree import ElementTree

from .._gluster.network import Network
from .._gluster.server import GLUSTERD_PORT, Server
from .._host.clock import Clock
from .._host.plain import plain_lines
from .._host.process import Completed, Run, run

Element = ElementTree.Element

_GRACE = 10.0
"""Seconds that the process gets beyond the time limit that gluster itself has, so that gluster prints its own message."""

_BUSY = re.compile(
    r"another transaction (is|could be) in progress"
    r"|locking failed"
    r"|failed to acquire lock"
    r"|unable to acquire lock"
    r"|cannot acquire lock",
    re.IGNORECASE,
)
"""What glusterd says while another command holds the lock of the cluster or of the volume: nothing was done yet."""

REFUSED_SECONDS = 60.0
"""How long looks may all be refused while something is waited for."""

_HINTS = (
    (r"Connection failed|glusterd? daemon is operational", "start glusterd on this host: systemctl start glusterd"),
    (r"is not in 'Peer in Cluster' state", "add the host to the pool first, with evenkeel.glusterfs.trusted_pool"),
    (
        r"Probe returned with",
        "see that the name resolves here, that glusterd runs there and that port 24007 is open; "
        "where TLS is on, that both sides have it; where its addresses are of IPv6 alone, that glusterd.vol says so on both "
        "(option transport.address-family inet6)",
    ),
    (
        r"is already part of a volume|or a prefix of it is already part",
        "the directory has been a brick before, or a creation that failed has marked it; if nothing in it is needed, "
        "give an empty directory in its place",
    ),
    (
        r"Brick not available",
        "the directory is a brick that has data: if its disk is whole and only its process is not running, bring it up by "
        "`gluster volume start NAME force`; if it shall be made anew, mount an empty disk there",
    ),
    (
        r"in the root partition",
        "mount a file system of its own there, or say force: true if the root file system is meant",
    ),
    (
        r"is a mount point|mount point\. Please create a sub-directory",
        "name a directory below the mount point, as in host:/bricks/one/data, or say force: true",
    ),
    (r"Failed to create brick directory", "make the directory above it on that host, or mount its file system"),
    (
        r"present on the same server",
        "give each copy of a subvolume another host, or say force: true if one host shall hold several",
    ),
    (
        r"peers? (is|are) (probably )?down|Some of the peers are down|not connected",
        "bring all peers up; `gluster peer status` names those that are down",
    ),
    (
        r"rebalance session is in progress",
        "wait for it, or end it: `gluster volume rebalance NAME stop`, or `gluster volume remove-brick NAME BRICK stop` where bricks are removed",
    ),
    (
        r"brick op 'Rebalance' failed|[Rr]ebalance.* failed",
        "a rebalance daemon does not answer; where it was killed, restarting glusterd on its host brings it back: systemctl restart glusterd",
    ),
    (r"Quorum not met|quorum is not met", "bring enough peers up for the quorum of servers"),
    (
        r"already part of another cluster",
        "detach it from its other pool first and delete its volumes, or, if that pool is gone, make its glusterd new",
    ),
    (r"[Nn]ot a valid option for single volume", "set it by evenkeel.glusterfs.pool_options, as one of the whole pool"),
    (r"Not able to fetch volfile|is not started", "start the volume first"),
    (r"[Rr]equest timed out", "glusterd may still be at it: look at `gluster volume info` before the next run"),
)


class ClusterError(Exception):
    """The cluster refused, failed or did not come to the wanted state in time. The text says what, why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(plain_lines(message))


_PERHAPS = re.compile(r"commit failed|timed out", re.IGNORECASE)
"""What gluster says where some hosts may have done what others did not."""


class Refused(ClusterError):
    """gluster refused a command.

    undone: whether it is certain that nothing was done. late: whether no answer came within the time limit.
    """

    def __init__(self, message: str, *, undone: bool = True, late: bool = False) -> None:
        super().__init__(message)
        self.undone = undone
        self.late = late


class Hopeless(Refused):
    """What is waited for cannot come."""


@dataclass
class Cli:
    """Runs ``gluster --mode=script --xml``.

    run, clock: what commands are run and waited by. network: what glusterds are asked by without the command, where it would wait for one that hangs.
    resolve: socket.getaddrinfo or what stands for it.
    timeout: seconds for one command.
    lock_timeout: seconds for which a command is tried again while another one holds glusterd's lock.
    commands: the commands that change something, as they were run. accepted: how many of these gluster did not refuse. doubtful: how many of the others
    may have changed something all the same.
    """

    run: Run = run
    clock: Clock = field(default_factory=Clock)
    network: Network = field(default_factory=Network)
    resolve: Callable[..., Sequence[Any]] = socket.getaddrinfo
    timeout: float = 120.0
    lock_timeout: float = 60.0
    commands: list[str] = field(default_factory=list)
    accepted: int = 0
    doubtful: int = 0

    @property
    def changed(self) -> bool:
        """Whether the commands have changed something, or may have."""
        return bool(self.accepted or self.doubtful)

    def read(self, *words: str, host: str = "") -> Element:
        """Ask the glusterd of this host, or of ``host``, which must be a member of the pool. Raises Refused."""
        return self._ask(words, host)

    def write(self, *words: str) -> Element:
        """Have this host's glusterd change something, and remember the command. Raises Refused."""
        self.commands.append(shlex.join(("gluster", "--mode=script", "--xml", *words)))
        try:
            answer = self._ask(words, "")
        except BaseException as error:
            self.doubtful += not (isinstance(error, Refused) and error.undone)
            raise
        self.accepted += 1
        return answer

    def _ask(self, words: tuple[str, ...], host: str) -> Element:
        argv = ["gluster", "--mode=script", "--xml", f"--timeout={max(1, round(self.timeout))}"]
        argv += self._to(host) if host else []
        argv += words
        over = self.clock.now() + self.lock_timeout
        pause = 0.5
        while True:
            done = self.run(argv, self.timeout + _GRACE)
            root, refused = read_answer(done)
            if root is not None and not refused:
                return root
            if root is None and done.ok and _without_xml(words):
                return ElementTree.Element("cliOutput")
            if not _BUSY.search(refused) or self.clock.now() + pause > over:
                break
            self.clock.sleep(pause)
            pause = min(pause * 2, 5.0)
        message = f"{shlex.join(('gluster', *words))}{f' on {host}' if host else ''}: {refused}"
        if _BUSY.search(refused):
            message += f"; tried again for {self.lock_timeout:g} s; see what else manages this pool"
        late = done.rc is None or "timed out" in refused
        message += hint_on_host(host, refused, hangs=done.rc is None) if host else hint(refused)
        # Without XML it was killed, or ended by what it was waiting for, unless it never came to glusterd.
        undone = not _PERHAPS.search(refused) and (root is not None or done.rc == 127 or "Connection failed" in refused)
        raise Refused(message, undone=undone, late=late)

    def _to(self, host: str) -> list[str]:
        """The options by which gluster asks another host's glusterd: it looks for addresses of IPv4 only, unless told (cli_rpc_init)."""
        try:
            families = {entry[0] for entry in self.resolve(host, None, type=socket.SOCK_STREAM)}
        except (OSError, UnicodeError):
            families = set()
        return [f"--remote-host={host}", *(["--inet6"] if families == {socket.AF_INET6} else [])]


def _without_xml(words: tuple[str, ...]) -> bool:
    """Whether it is a command that prints no XML, on 10.3 and 11.1, and whose exit status tells: one that has a volume healed or says how."""
    return words[:2] == ("volume", "heal") and "info" not in words[3:]


def read_answer(done: Completed) -> tuple[Element | None, str]:
    """What a command printed, and why it did not do what it should, which is empty if it did.

    gluster exits 0 for most of what it refuses: only opRet tells.
    """
    try:
        # The output of a program that runs as root on this host, which declares no entities.
        root = ElementTree.fromstring(done.stdout)  # noqa: S314
    except ElementTree.ParseError:
        return None, _why_without_xml(done)
    if root.findtext("opRet") == "0" or (root.tag == "options" and done.ok):
        return root, ""
    error = (root.findtext("opErrstr") or "").strip() or (root.findtext("output") or "").strip()
    return root, " ".join(error.split()) or f"failed without a word (errno {root.findtext('opErrno')})"


def _why_without_xml(done: Completed) -> str:
    """Why a command that printed no XML failed."""
    if done.rc == 127:
        return f"{done.why()}; install the server of GlusterFS, package glusterfs-server"
    if done.rc is None:
        return f"{done.why()}; glusterd is alive but hangs, or a peer does: see its log"
    printed = " ".join((done.stderr + " " + done.stdout).split())
    return printed or f"refused without a word (exit status {done.rc})"


def hint(refused: str) -> str:
    """What to do about a refusal, ready to be put behind it; empty where nothing is known."""
    for pattern, what in _HINTS:
        if re.search(pattern, refused):
            return f"; {what}"
    return ""


def hint_on_host(host: str, refused: str, *, hangs: bool) -> str:
    """What to do about the refusal of what another host was asked. hangs: whether gluster did not end within its time limit."""
    if hangs or re.search(r"[Rr]equest timed out", refused):
        return f"; glusterd on {host} accepts connections and does not answer: look at it there, and start it anew"
    if re.search(r"Connection failed", refused):
        return f"; see that the name resolves here, that glusterd runs on {host} and that port 24007 is open; where TLS is on, that both sides have it"
    return hint(refused)


def wait(clock: Clock, seconds: float, what: str, missing: Callable[[], str]) -> None:
    """Wait until nothing is missing: look after 0.2 s at first and every 5 s in the end.

    gluster may refuse a look, as while a brick's process ends; that tells nothing of what is waited for, so the look is repeated. The wait ends where
    gluster has refused every look for REFUSED_SECONDS, and at once where a look raises Hopeless.

    A pause is as long as the look before it: a look at thousands of entries to heal takes the locks that the heal needs.

    what: what is waited for, as it stands in the message. missing: looks, and returns what is not there yet, empty when all is there.
    Raises ClusterError after ``seconds``: what was waited for, how long, and what was still missing. Raises Refused as above.
    """
    over = clock.now() + seconds
    pause = 0.2
    refused: float | None = None
    while True:
        begun = clock.now()
        try:
            lack, refused = missing(), None
        except Hopeless:
            raise
        except Refused as error:
            refused = clock.now() if refused is None else refused
            if clock.now() - refused >= REFUSED_SECONDS:
                raise
            lack = str(error)
        if not lack:
            return
        took = clock.now() - begun
        left = over - clock.now()
        if left <= 0:
            raise ClusterError(f"waited {seconds:g} s for {what}: {lack}")
        clock.sleep(min(max(pause, took), left))
        pause = min(pause * 1.5, 5.0)


def text(element: Element, path: str) -> str:
    """The text at ``path``. Raises ClusterError where there is none: an answer of a version that is not known."""
    content = element.findtext(path)
    if content is None:
        raise ClusterError(f"gluster's answer has no {path} in <{element.tag}>; this version of GlusterFS is not known")
    return content.strip()


def number(element: Element, path: str, default: int | None = None) -> int:
    """The whole number at ``path``; ``default`` where there is none or it is no number, such as N/A or -. Raises ClusterError without a default."""
    content = element.findtext(path, "").strip()
    if re.fullmatch(r"-?[0-9]+", content):
        return int(content)
    if default is not None:
        return default
    raise ClusterError(f"gluster's answer has no number {path} in <{element.tag}>: {content!r}")


def check_seconds(name: str, seconds: float) -> float:
    """Raises ValueError unless it is a time limit above 0 and up to a week."""
    if not 0 < seconds <= 604800:
        raise ValueError(f"{name} {seconds:g}: must be a number of seconds above 0 and up to 604800")
    return seconds


def check_host(host: str, argument: str) -> str:
    """A host of the pool, canonical. Raises ValueError where it is none, or has a port, which gluster does not take."""
    server = Server.parse(host)
    if server.port != GLUSTERD_PORT:
        raise ValueError(f"{argument} {host!r}: gluster takes no port; write the host alone, as in {server.host}")
    return server.host
