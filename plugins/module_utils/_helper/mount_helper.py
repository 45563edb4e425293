# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``mount.glusterfs_failover``: what mount(8) and systemd start for a line of that type in fstab.

Exit codes of mount(8): 0 mounted (or already was), 1 wrong arguments, 2 an error of the system, 8 interrupted, 32 not mounted.
"""

from __future__ import annotations

import getopt
import os
import sys
from typing import Callable, NamedTuple, Sequence

from .._gluster import tls
from .._gluster.attempt import format_attempt
from .._gluster.network import Network
from .._host import cgroup, process, signals, systemd
from .._host.plain import plain_lines
from .._mount import helper_entry, inspect, model
from .._mount.mount import mount
from .._mount.state import Observed
from . import exit_codes

USAGE = "usage: mount.glusterfs_failover SERVER[,SERVER...]:/VOLUME[/DIRECTORY] PATH [-fnsv] [-o OPTION[,OPTION...]]"

Say = Callable[[str], None]
"""say(line): tell a person, by the journal or the terminal."""


class Call(NamedTuple):
    """How the helper was called.

    fake: check the arguments and mount nothing. verbose: tell more than the tries.
    """

    request: helper_entry.Request
    fake: bool = False
    verbose: bool = False


def parse(argv: Sequence[str]) -> Call:
    """Read the arguments that mount(8) hands over, options before or behind the two others. Raises ValueError."""
    try:
        flags, words = getopt.gnu_getopt(list(argv), "fnsvo:t:N:")
    except getopt.GetoptError as error:
        raise ValueError(f"{error}; {USAGE}") from error
    if len(words) != 2:
        raise ValueError(f"{len(words)} arguments in place of a source and a mount point; {USAGE}")
    given = {name for name, _value in flags}
    if "-N" in given:
        raise ValueError("option -N: a mount in another namespace is not supported; run mount there, by nsenter")
    options = [value for name, value in flags if name == "-o"]
    asked = helper_entry.parse(words[0], words[1], options, sloppy="-s" in given)
    return Call(asked, fake="-f" in given, verbose="-v" in given)


def run(call: Call, node: model.Node, say: Say) -> None:
    """Mount what was asked for, unless it is mounted and answers. Raises MountError, OSError or ValueError."""
    spec = call.request.spec
    if call.fake:
        return
    path = inspect.locate(spec.path, node.host)
    spec = spec._replace(path=path)
    observed = inspect.inspect(path, node.host)
    if _is_there(spec, observed):
        if call.verbose:
            say(f"{path} is mounted already")
        return
    inspect.check_place(path, node.host)
    with mount(spec, node, private=True) as report:  # as mount(8) does, where it is called
        pass
    for warning in (*report.warnings, *sorted(node.run.unread)):
        say(warning)
    say(f"{path} is mounted, {report.observed.state.value}, by {report.server}")


def _is_there(spec: model.MountSpec, observed: Observed) -> bool:
    return observed.answers and (observed.volume, observed.subdir) == (spec.volume, spec.subdir)


def main(argv: Sequence[str], node: model.Node | None = None, say: Say | None = None, uid: int | None = None) -> int:
    """Run the helper; its exit code. What is not given is that of this process."""
    say = say or _to_stderr
    try:
        call = parse(argv)
        if (os.geteuid() if uid is None else uid) != 0:
            raise ValueError("only root can mount")
        node = node or this_node(mounts=True)
        with signals.rollback_on_signal() as commit:
            run(call, node.with_run(commit=commit, on_attempt=lambda attempt: say(format_attempt(attempt))), say)
    except exit_codes.ERRORS as error:
        code, why = exit_codes.of(error)
        say(f"mount.glusterfs_failover: {why}")
        return code
    return exit_codes.OK


def this_node(proc: str = "/proc", *, mounts: bool = False) -> model.Node:
    """This machine, its servers asked through TLS where the client would speak it. Raises ValueError where a certificate cannot be used.

    mounts: whether one that has ended is such a one: it leads to no mount, but does not keep anybody from looking at those that are there.
    """
    secure = tls.here()
    if secure and mounts:
        secure.check_time()
    network = Network.secured(secure)
    run_command = process.run_among if cgroup.is_of_mount(proc) else process.run
    return model.Node.here(network, systemd=cgroup.needs_scope(systemd.running(), proc), run=run_command)


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{plain_lines(line)}\n")
    sys.stderr.flush()
