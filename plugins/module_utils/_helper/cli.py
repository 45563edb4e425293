# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``gluster-failover``: tells how the mounts are, heals them, and says why a mount goes to which server.

Exit codes: 0 all is well, 1 some mount that should be there does not answer, or its line in fstab cannot be read, 2 wrong arguments or a file that cannot
be read.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections import Counter
from typing import Any, Callable, Sequence

from .._gluster.attempt import Attempt, format_attempt
from .._host import files, fstab, lock, signals, systemd
from .._host.plain import plain_lines
from .._host.strand import Strands
from .._mount import model, survey
from .._mount.disconnect import silent_now
from .._mount.helper_entry import TYPE, Request, of
from .._mount.select import rehearse
from .._mount.state import State
from . import counters, exposition, metrics, status_table
from .heal import PATIENCE_SECONDS, Healed, Healer
from .mount_helper import this_node

WELL, UNWELL, WRONG = 0, 1, 2

Say = Callable[[str], None]


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    top = argparse.ArgumentParser(prog="gluster-failover", description="GlusterFS mounts of this node.")
    top.add_argument("--fstab", default=fstab.PATH, help="file that says what shall be mounted (default: %(default)s)")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    status = commands.add_parser("status", help="state, server in use and bricks of every GlusterFS mount")
    status.add_argument("--json", action="store_true", help="for programs")
    healing = commands.add_parser("heal", help="mount again what is dead, hung, stale or missing")
    healing.add_argument(
        "--patience",
        type=_seconds,
        default=PATIENCE_SECONDS,
        metavar="SECONDS",
        help="how long a client that lives gets to answer again before it is replaced (default: %(default)g)",
    )
    measure = commands.add_parser("metrics", help="the same for Prometheus, with what healing has done")
    measure.add_argument("--output", metavar="FILE", help="where to write it, in one step (default: standard output)")
    for command in (status, healing):
        command.add_argument("paths", nargs="*", metavar="PATH", help="mount points; all of them if none is given")
    why = commands.add_parser("why", help="which server a mount would use now, and what each of them says")
    wake = commands.add_parser("wake", help="start the services that waited for a mount which has come late")
    for command in (why, wake):
        command.add_argument("path", metavar="PATH", help="mount point")
    return top


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,3})?", text):
        raise argparse.ArgumentTypeError(f"{text!r}: must be a number of seconds, as in 120")
    return float(text)


class Command:
    """One run: the node, what its fstab wants mounted by failover, and where lines for a person go; show: lines with colours, None where there are none."""

    def __init__(self, node: model.Node, content: bytes, say: Say, show: Say | None = None) -> None:
        self.node = node
        self.say = say
        self.show = show
        self.requests: dict[str, Request] = {}
        self.wrong_lines = 0
        for line in fstab.parse(content):
            if line.entry and line.entry.vfstype == TYPE:
                self._add(line.number, line.entry)

    def _add(self, number: int, entry: fstab.Entry) -> None:
        try:
            request = of(entry)
        except ValueError as error:
            self.say(f"line {number} of the fstab: {error}")
            self.wrong_lines += 1
            return
        self.requests[request.spec.path] = request

    def status(self, paths: Sequence[str], *, as_json: bool) -> int:
        """Tell the state of each mount point, of those in fstab and of those mounted otherwise."""
        rows = [self._row(mount) for mount in self._look(paths)]
        if as_json:
            self.say(json.dumps([row.result for row in rows], indent=2))
        else:
            for line in status_table.lines(rows, colours=self.show is not None):
                (self.show or self.say)(line)
            self._tell_unread()
        return UNWELL if any(row.failed for row in rows) else WELL

    def metrics(self, output: str) -> int:
        """Write the metrics into the file ``output``, or say them. Raises OSError."""
        clock = self.node.host.clock
        began = clock.now()
        seen = self._look(())
        seconds = clock.now() - began
        rows = [self._row(mount) for mount in seen]
        counted = counters.read(self.node.host.lock_directory)
        told = exposition.text(metrics.of_node(rows, self._guards(seen), seconds, self.wrong_lines, counted))
        if output:
            files.replace(output, told.encode("utf-8"))
        else:
            self.say(told.rstrip("\n"))
        return WELL

    def _guards(self, seen: Sequence[survey.Seen]) -> dict[str, bool]:
        """Whether the mounts of fstab that want a guard have it; none of a mount whose way there hangs, where the question would hang too."""
        broken = tuple(f"{mount.observed.path}/" for mount in seen if mount.observed.broken)
        wanted = {path for path, request in self.requests.items() if request.spec.guard}
        paths = [mount.observed.path for mount in seen if mount.observed.path in wanted and not mount.observed.why]
        read = self.node.host.read_guard
        return {path: read(path).immutable for path in paths if not path.startswith(broken)}

    def _look(self, paths: Sequence[str]) -> Sequence[survey.Seen]:
        """What is at each of these mount points, or of those in fstab and those mounted otherwise."""
        paths = paths or tuple(dict.fromkeys((*self.requests, *survey.paths(self.node.host))))
        return survey.inspect_all(paths, self.node)

    def _row(self, mount: survey.Seen) -> status_table.Row:
        observed = mount.observed
        result = {"path": observed.path, "server": mount.server, **observed.as_result()}
        failed = not observed.answers and self._expected(observed)
        return status_table.Row(result, failed=failed, healed=observed.path in self.requests)

    def _expected(self, observed: Any) -> bool:
        """Whether a mount should be there and answer. A bind has no verdict of its own, but where the fstab wants a mount."""
        request = self.requests.get(observed.path)
        if observed.state is State.BIND and request is None:
            return False
        return observed.state is not State.ABSENT or (request is not None and request.boot and not request.automount)

    def heal(self, paths: Sequence[str], patience: float, strands: Strands) -> int:
        """Heal each of these mount points, or all that fstab wants mounted."""
        code = WELL
        for path in paths:
            if path not in self.requests:
                self.say(f"{path}: the fstab has no line of type {TYPE} for it")
                code = WRONG
        requests = [self.requests[path] for path in paths or self.requests if path in self.requests]
        heals: Counter[tuple[str, str]] = Counter()
        attempts: list[tuple[str, str]] = []  # by strands: to append is one step, to count is not
        node = self.node.with_run(on_attempt=lambda attempt: attempts.append(_server_and_outcome(attempt)))
        for healed in Healer(node, patience, insist=bool(paths)).heal(requests, strands):
            if isinstance(healed, Exception):
                self.say(str(healed))
                heals["", counters.FAILED] += 1
                code = max(code, UNWELL)
                continue
            self._tell(healed)
            if healed.why:
                heals[healed.path, counters.FAILED] += 1
            elif healed.before is not healed.after:
                heals[healed.path, counters.HEALED] += 1
            code = max(code, UNWELL if healed.why else WELL)
        self._tell_unread()
        self._count(counters.Counters(1, time.time(), heals, Counter(attempts)))
        return max(code, UNWELL if self.wrong_lines and not paths else WELL)

    def _count(self, run: counters.Counters) -> None:
        """Healing is done by now, and no worse for a counter that cannot be written."""
        host = self.node.host
        try:
            counters.add(host.lock_directory, run, host.clock)
        except (OSError, lock.LockTimeout) as error:
            self.say(f"what this run did is not counted: {error}")

    def _tell_unread(self) -> None:
        for line in sorted(self.node.run.unread):
            self.say(line)

    def _tell(self, healed: Healed) -> None:
        if healed.why:
            self.say(f"{healed.path}: {healed.after.value}: {healed.why}")
        elif healed.before is not healed.after:
            reason = f" ({healed.stale.detail})" if healed.stale else ""
            self.say(f"{healed.path}: was {healed.before.value}{reason}, is {healed.after.value}")
        for line in healed.lost:
            self.say(line)
        for unit in healed.started:
            self.say(f"{healed.path}: {unit}, which had waited for it, is started")

    def wake(self, path: str) -> int:
        """Start the services that need the mount of ``path`` and could not start at boot, since it was not there."""
        mount = systemd.unit_of(path)
        units = self.node.host.units
        for unit in units.start_waiting(mount) if units and mount else ():
            self.say(f"{path}: {unit}, which had waited for it, is started")
        return WELL

    def why(self, path: str) -> int:
        """Tell which server a mount of ``path`` would use, without making one, and what is in use now."""
        request = self.requests.get(path)
        if request is None:
            self.say(f"{path}: the fstab has no line of type {TYPE} for it")
            return WRONG
        (now,) = survey.inspect_all([path], self.node)
        self.say(f"now: {now.observed.state.value}" + (f", by {now.server}" if now.server else ""))
        selected = rehearse(request.spec, self.node)
        drawn = " (drawn anew for each mount)" if request.spec.order == "random" else ""
        self.say(f"order: {', '.join(map(str, selected.order))}{drawn}")
        for attempt in selected.attempts:
            self.say(f"  {format_attempt(attempt)}")
        for silent in silent_now(request.spec, selected, self.node):
            self.say(f"  {silent.named()}: {silent.why()}; a mount would not wait for it")
        self.say(f"a mount would use {selected.server}" if selected.server else "no server would serve a mount")
        return WELL if selected.server else UNWELL


def _server_and_outcome(attempt: Attempt) -> tuple[str, str]:
    return str(attempt.server or ""), attempt.outcome.value


def _to_stdout(line: str) -> None:
    _show(plain_lines(line))


def _show(line: str) -> None:
    """What is plain already, but for colours."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(
    argv: Sequence[str],
    node: model.Node | None = None,
    say: Say = _to_stdout,
    strands: Strands | None = None,
    colours: bool | None = None,
) -> int:
    """Run the command; its exit code. node: this machine if not given. strands: what heals side by side. colours: whether standard output shows them, found
    out if not given."""
    strands = strands or Strands()
    arguments = parser().parse_args(list(argv))
    try:
        with open(arguments.fstab, "rb") as file:
            content = file.read()
        node = node or this_node()
    except (OSError, ValueError) as error:
        say(f"gluster-failover: {error}")
        return WRONG
    if arguments.command != "heal":
        if colours is None:
            colours = say is _to_stdout and status_table.has_colours(sys.stdout, os.environ)
        command = Command(node, content, say, _show if colours else None)
        if arguments.command == "status":
            return command.status(arguments.paths, as_json=arguments.json)
        if arguments.command == "metrics":
            try:
                return command.metrics(arguments.output or "")
            except OSError as error:
                say(f"gluster-failover: {error}")
                return WRONG
        return command.why(arguments.path) if arguments.command == "why" else command.wake(arguments.path)
    try:
        with signals.noted(strands.ask_to_end):
            return Command(node, content, say).heal(arguments.paths, arguments.patience, strands)
    except signals.Interrupted as error:
        say(f"gluster-failover: interrupted by {error}; what had been begun is undone or left to systemd")
        return UNWELL
