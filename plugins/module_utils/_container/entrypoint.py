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

from .._gluster.attempt import Attempt, format_attempt
from .._helper import exit_codes, mount_helper
from .._host import files, signals
from .._mount import helper_entry, inspect, model, survey
from .._mount.select import rehearse
from .._mount.state import State
from . import contained_mount, container_names, host_service
from .contained_mount import Say, Tools


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

    node: see the engine. tools: see contained_mount. notify: tells systemd.
    """

    node: model.Node
    tools: Tools = Tools()
    notify: Callable[[str], None] = notify
    rng: random.Random = random.SystemRandom()


def mount(arguments: argparse.Namespace, machine: Machine, say: Say) -> int:
    """Mount and stay; the exit code."""
    asked = helper_entry.parse(arguments.source, arguments.path, arguments.options)
    spec, host = asked.spec, machine.node.host
    at = contained_mount.place(spec, arguments.root, machine.tools)
    attempts: Sequence[Attempt] = ()
    try:
        contained_mount.make_private(machine.tools.staging, host)
        with signals.rollback_on_signal() as commit:
            host.clock.sleep(machine.rng.uniform(0, max(arguments.jitter, 0.0)))
            before = inspect.inspect(at.target, host)
            contained_mount.check(spec, at, before, host)
            with contained_mount.staged(spec, at, machine.node) as made:
                attempts = made.report.attempts
                placed = contained_mount.put(spec, at, made, before, host, machine.tools)
            commit()
    except (model.MountError, OSError) as error:
        tell(
            arguments.report,
            say,
            {
                "ok": False,
                "path": spec.path,
                "message": str(error),
                "attempts": [attempt.as_result() for attempt in getattr(error, "attempts", ()) or attempts],
            },
        )
        return exit_codes.of(error)[0]
    for warning in placed.warnings:
        say(warning)
    with _ended() as ended:
        tell(arguments.report, say, contained_mount.report(at, made, placed, before))
        machine.notify(f"READY=1\nSTATUS={spec.path} is mounted by {made.report.server}")
        return contained_mount.watch(at, made, host, ended, say, cover=spec.cover)


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
