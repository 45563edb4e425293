# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``gluster-spc``: what a container of the image runs. It mounts a volume on the host by the engine that is used on hosts, and stays with the mount.

The mount is made and proven in a folder that only the container sees, and then moved to the host's mount point: what the host sees is proven, or is
not there. Where a mount is in the way it is replaced at that moment and not before: one that is dead is detached; one that lives is taken over from,
the new one going beneath it.

Exit codes: 0 the mount was taken away by somebody, or this process was asked to end; 1 wrong arguments; 2 an error of the system; 3 the client died;
8 asked to end before anything was mounted; 32 not mounted.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import socket
import sys
import threading
from typing import Any, Callable, Iterator, Mapping, NamedTuple, Sequence

from .._gluster import client
from .._gluster import options as mount_options
from .._gluster.attempt import format_attempt
from .._helper import exit_codes, mount_helper
from .._host import files, immutable, mountinfo, move_mount, signals, walk
from .._mount import helper_entry, inspect, model, survey
from .._mount.mount import mount as mount_proven
from .._mount.select import rehearse
from .._mount.state import State
from .._mount.unmount import umount
from . import container_names, host_service

_POLL_SECONDS = 0.2
_END_SECONDS = 10.0
_MOUNT_SECONDS = 30.0

Say = Callable[[str], None]


def parser() -> argparse.ArgumentParser:
    """The arguments of the entry point."""
    top = argparse.ArgumentParser(prog="gluster-spc", description="GlusterFS mounts of a host, made in a container.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    status = commands.add_parser(
        "status", help="state, server in use and bricks of every GlusterFS mount seen here, as JSON"
    )
    status.add_argument("paths", nargs="*", metavar="PATH", help="mount points; all of them if none is given")
    mounting = commands.add_parser("mount", help="mount, and stay until the mount or this process is taken away")
    living = commands.add_parser(
        "outlive", help="mount by a service of the host, which this container's end does not touch"
    )
    probing = commands.add_parser(
        "probe", help="which server a mount would use now, and what each of them says, as JSON"
    )
    for command in (mounting, living, probing):
        command.add_argument("source", metavar="SOURCE", help="as in gfs1,gfs2,gfs3:/web or gfs1,gfs2:/web/sub")
        command.add_argument(
            "-o",
            dest="options",
            action="append",
            default=[],
            metavar="OPTIONS",
            help="as in fstab for glusterfs_failover",
        )
    for command in (mounting, living):
        command.add_argument("path", metavar="PATH", help="mount point on the host")
        command.add_argument(
            "--jitter",
            type=float,
            default=0.0,
            metavar="SECONDS",
            help="wait a random part of this first, so that a fleet does not start at once",
        )
    mounting.add_argument(
        "--root",
        default=container_names.ROOT,
        metavar="FOLDER",
        help="where the host's folders are seen (default: %(default)s)",
    )
    mounting.add_argument("--report", default="", metavar="FILE", help="write what came of it there, as JSON")
    host_service.add_arguments(living)
    return top


def notify(text: str, environ: Mapping[str, str] | None = None) -> None:
    """Tell systemd, by the protocol of sd_notify(3), where it waits for that."""
    address = (os.environ if environ is None else environ).get("NOTIFY_SOCKET")
    if address:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.connect(address.replace("@", "\0", 1) if address.startswith("@") else address)
            channel.send(text.encode())


class Machine(NamedTuple):
    """What the entry point works on; tests replace it.

    node: see the engine. move: see place. set_guard, seal: see guard. notify: tells systemd. staging: the private folder.
    """

    node: model.Node
    move: move_mount.Move = move_mount.move
    set_guard: Callable[[str], immutable.Guard] = immutable.set_guard
    notify: Callable[[str], None] = notify
    staging: str = client.STAGING
    rng: random.Random = random.SystemRandom()
    seal: Callable[[str], immutable.Guard] = immutable.seal


class Mount:
    """One mount of the container, from the choice of a server to its end."""

    def __init__(self, asked: helper_entry.Request, root: str, machine: Machine, say: Say) -> None:
        self.spec = spec = asked.spec
        self.cover = asked.spec.cover
        self.path = spec.path
        self.log = spec.options.value("log-file") or client.log_file(spec.path)
        self.target = root.rstrip("/") + spec.path
        self.staging = machine.staging + spec.path
        self.machine = machine
        self.node = machine.node
        self.say = say
        self.attempts: tuple[Any, ...] = ()
        self.device = ""
        self.clients: tuple[client.Client, ...] = ()

    def make(self) -> dict[str, Any]:
        """Mount, prove, and put the mount where the host wants it; what there is to report. Raises MountError, OSError."""
        before = inspect.inspect(self.target, self.node.host)
        self.check(before)
        with mount_proven(
            self._in_staging(), self.node, private=True
        ) as report:  # the staging folder is this process's alone
            pass
        self.attempts = report.attempts
        self.clients = (report.observed.client,) if report.observed.client else ()
        self.device = report.observed.mount.device if report.observed.mount else ""
        try:
            self.make_directory()
            guarded = self.machine.set_guard(self.target) if self.spec.guard else None
            if self.spec.seal:
                sealed = self.machine.seal(self.target)
                if not sealed.immutable:
                    self.say(f"{self.path}: {sealed.reason}, so others can put something beside the mount point")
            taken_over = self.into_place(before)
            self.prove()
        except BaseException:
            self.undo()
            raise
        return {
            "ok": True,
            "path": self.path,
            "server": report.server,
            "attempts": [attempt.as_result() for attempt in report.attempts],
            "warnings": list(report.warnings),
            "healed": before.state in (State.DEAD, State.HUNG),
            "taken_over": taken_over,
            "guard": bool(guarded and guarded.immutable),
            "mount": {**report.observed.as_result(), "via": "container"},
        }

    def _in_staging(self) -> model.MountSpec:
        """What the engine shall mount: the same, in the folder that nobody else sees, and with the log of the host's mount point."""
        options = self.spec.options
        if options.value("log-file") is None:
            options = mount_options.parse((*options.given, f"log-file={self.log}"))
        else:  # a folder that is gone, where /var/log does not outlast a boot, shall keep no mount away
            os.makedirs(os.path.dirname(self.log), exist_ok=True)
        return self.spec._replace(path=self.staging, options=options, guard=False, seal=False)

    def check(self, before: Any) -> None:
        """Refuse a mount point that the host would not see a mount at, or that is somebody else's."""
        holder = mountinfo.holding(self.node.host.mounts(), os.path.dirname(self.target))
        if holder is None or not holder.shared:
            raise model.MountError(
                f"{self.path}: what is mounted in this container would not be seen by the host, since the file system that it lies on is mounted "
                "privately there; make it shared (mount --make-shared) and give it to the container with the propagation rshared"
            )
        named = (self.spec.volume, self.spec.subdir)
        if before.stranger():
            raise model.MountError(
                f"{self.path}: something else is mounted there: {before.stranger()}; unmount it first"
            )
        if before.mounted and (before.volume, before.subdir) != named:
            raise model.MountError(
                f"{self.path}: something else is mounted there: {before.mount.describe()}; unmount it first"
            )

    def make_directory(self) -> None:
        if mountinfo.at(self.node.host.mounts(), self.target) is None:
            walk.make(self.target)

    def into_place(self, before: Any) -> str:
        """Move the proven mount to the mount point, on top of a dead one if that is to be covered.

        How it took over from one that lives: "beneath" without a gap, "gap", or "" if there was none.
        """
        how = ""
        if before.answers:
            if move_mount.beneath(self.staging, self.target, self.machine.move):
                self._detach()
                return "beneath"
            how = "gap"
        if before.mounted and not (self.cover and not before.answers):
            self._detach()
        self.machine.move(self.staging, self.target, 0)
        return how

    def _detach(self) -> None:
        done = umount(self.target, self.node.host, lazy=True)
        if not done.ok:
            raise model.MountError(f"{self.path}: the mount that was there could not be detached: {done.why()}")

    def prove(self) -> None:
        """See that the mount at the mount point is this one, and answers there."""
        mounted = mountinfo.at(self.node.host.mounts(), self.target)
        observed = inspect.inspect(self.target, self.node.host)
        if mounted is None or mounted.device != self.device or not observed.answers:
            why = observed.look.why() if observed.look else "nothing is mounted there"
            raise model.MountError(f"{self.path}: the mount did not prove real at its place: {why}")

    def in_place(self) -> bool:
        """Whether the mount is at the mount point, alive or not."""
        mounted = mountinfo.at(self.node.host.mounts(), self.target)
        return mounted is not None and mounted.device == self.device

    def undo(self) -> None:
        """Take away the mount, where it is by now, and end the client."""
        for path in (self.target, self.staging):
            mounted = mountinfo.at(self.node.host.mounts(), path)
            if mounted is not None and mounted.device == self.device:
                umount(path, self.node.host, lazy=True)
        client.end(self.clients, self.node.host.clock, self.node.host.kill, self.node.host.proc)

    def watch(self, ended: threading.Event) -> int:
        """Stay until the client ends or ``ended`` is set; the exit code.

        When the mount is detached, by a new container or by an administrator, the client serves on until its last open file is closed.
        """
        while not ended.is_set() and any(client.alive(process, self.node.host.proc) for process in self.clients):
            self.node.host.clock.sleep(_POLL_SECONDS)
        if not ended.is_set():
            # A runtime asks all processes of a container to end at once, and the client may be faster.
            self.node.host.clock.sleep(_POLL_SECONDS)
        if ended.is_set():
            self._leave()
        elif self.in_place():
            self.say(f"{self.path}: the client has died, see its log {self.log}")
            return exit_codes.DIED
        return exit_codes.OK

    def _leave(self) -> None:
        """Take the mount away as at a shutdown: users with open files do not hold it up."""
        if self.in_place():
            if not umount(self.target, self.node.host, lazy=False).ok:
                umount(self.target, self.node.host, lazy=True)
            while (
                self.cover and inspect.inspect(self.target, self.node.host).state is State.DEAD
            ):  # what it had covered
                if not umount(self.target, self.node.host, lazy=True).ok:
                    break
        if not client.gone(self.clients, _END_SECONDS, self.node.host.clock, self.node.host.proc):
            client.end(self.clients, self.node.host.clock, self.node.host.kill, self.node.host.proc)


def mount(arguments: argparse.Namespace, machine: Machine, say: Say) -> int:
    """Mount and stay; the exit code."""
    asked = helper_entry.parse(arguments.source, arguments.path, arguments.options)
    mounting = Mount(asked, arguments.root, machine, say)
    try:
        _private(machine)
        with signals.rollback_on_signal() as commit:
            machine.node.host.clock.sleep(machine.rng.uniform(0, max(arguments.jitter, 0.0)))
            outcome = mounting.make()
            commit()
    except (model.MountError, OSError) as error:
        attempts = getattr(error, "attempts", ()) or mounting.attempts
        tell(
            arguments.report,
            say,
            {
                "ok": False,
                "path": asked.spec.path,
                "message": str(error),
                "attempts": [attempt.as_result() for attempt in attempts],
            },
        )
        return exit_codes.of(error)[0]
    with _ended() as ended:
        tell(arguments.report, say, outcome)
        machine.notify(f"READY=1\nSTATUS={asked.spec.path} is mounted by {outcome['server']}")
        return mounting.watch(ended)


def _private(machine: Machine) -> None:
    """Let nobody else see what is mounted in the staging folder; a mount can be moved only out of a private one. Raises MountError."""
    holder = mountinfo.holding(machine.node.host.mounts(), machine.staging)
    if holder is None or holder.path != machine.staging:
        raise model.MountError(
            f"{machine.staging} is no mount of its own; start the container with --tmpfs={machine.staging}"
        )
    if holder.shared:
        machine.node.host.do((client.program("mount") or "mount", "--make-private", machine.staging), _MOUNT_SECONDS)


@contextlib.contextmanager
def _ended() -> Iterator[threading.Event]:
    """An event that is set by a signal that asks this process to end."""
    event = threading.Event()
    before = {number: signal.signal(number, lambda *_: event.set()) for number in signals.ASKING_TO_END}
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def tell(file: str, say: Say, values: dict[str, Any]) -> None:
    """Report: a line of JSON to the container's log, and to ``file`` in one step."""
    text = json.dumps(values)
    say(text)
    if file:
        files.replace(file, text.encode())


def status(paths: Sequence[str], node: model.Node, say: Say) -> int:
    seen = survey.inspect_all(paths or survey.paths(node.host), node)
    say(
        json.dumps(
            [{"path": row.observed.path, "server": row.server, **row.observed.as_result()} for row in seen],
            indent=2,
        )
    )
    return (
        exit_codes.OK
        if all(row.observed.answers or row.observed.state is State.BIND for row in seen)
        else exit_codes.FAILED
    )


def probe(arguments: argparse.Namespace, node: model.Node, say: Say) -> int:
    asked = helper_entry.parse(arguments.source, "/probe", arguments.options)
    selected = rehearse(asked.spec, node)
    values = {"order": list(map(str, selected.order)), "server": str(selected.server) if selected.server else None}
    say(json.dumps({**values, "attempts": [attempt.as_result() for attempt in selected.attempts]}))
    return exit_codes.OK if selected.server else exit_codes.FAILED


def main(argv: Sequence[str], machine: Machine | None = None, say: Say | None = None) -> int:
    """Run the entry point; its exit code. What is not given is that of this process."""
    say = say or _to_stdout
    try:
        arguments = parser().parse_args(list(argv))
        machine = machine or Machine(mount_helper.this_node())
        machine = machine._replace(
            node=machine.node.with_run(on_attempt=lambda attempt: _to_stderr(format_attempt(attempt)))
        )
        if arguments.command == "status":
            return status(arguments.paths, machine.node, say)
        if arguments.command == "probe":
            return probe(arguments, machine.node, say)
        if arguments.command == "outlive":
            return host_service.run(arguments, machine.node, say)
        return mount(arguments, machine, say)
    except exit_codes.ERRORS as error:
        code, why = exit_codes.of(error)
        say(f"gluster-spc: {why}")
        return code


def _to_stdout(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
