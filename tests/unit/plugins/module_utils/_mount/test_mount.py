# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mount as a whole, on a machine that is not there: see FakeMachine."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import threading
from dataclasses import replace

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import attempt as attempt_
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import client, volfile
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.attempt import Attempt, Outcome, Step
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.glusterd import Spec
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.server import Server
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import lock, signals, tcp
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.immutable import Guard
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import (
    host_client,
    inspect,
    model,
    pending,
    resolve,
)
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import mount as mounting
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import unmount as unmount_
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount.model import MountError
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount.state import State
from ansible_collections.evenkeel.glusterfs.tests.unit.fakes import FakeClock, Later
from ansible_collections.evenkeel.glusterfs.tests.unit.machine import (
    ADDRESSES,
    DEAD,
    HUNG,
    NO_VOLUME,
    REFUSED,
    SILENT,
    FakeMachine,
    exits,
    graph,
    hangs,
    interrupted_by,
    mounts_but,
    report_of,
)

SLACK = 1.0 + inspect.LOOK_SECONDS + 1.0
"""What a run may take beyond timeout_total: the second that a last try gets at least, a look that hangs, and what else is done."""


@pytest.fixture
def machine(tmp_path):
    return FakeMachine(tmp_path)


class Meanwhile(FakeClock):
    """A clock on which something happens once ``after`` seconds have passed in sleep."""

    def __init__(self, after, then):
        super().__init__()
        self.due = after
        self.then = then

    def sleep(self, seconds):
        super().sleep(seconds)
        if self.then and self.now() >= self.due:
            then, self.then = self.then, None
            then()


def meanwhile(machine, after, then):
    machine.clock = Meanwhile(after, then)
    machine.change(clock=machine.clock)


def mount(machine, opts=(), *, check=False, renew=False, refresh=False, **changes):
    return report_of(machine.spec(opts, **changes), machine.node, check=check, renew=renew, refresh=refresh)


def fails(machine, *args, **more):
    with pytest.raises(MountError) as caught:
        mount(machine, *args, **more)
    return caught.value


def tries(report):
    return [(str(attempt.server), attempt.step, attempt.outcome) for attempt in report.attempts]


def healthy(machine, **more):
    os.mkdir(machine.path)
    return machine.add_gluster(**more)


def dead(machine):
    entry = healthy(machine)
    machine.client_dies(entry)
    return entry


# -- nothing is mounted yet


def test_the_volume_is_mounted_from_the_first_server_that_serves_it(machine):
    report = mount(machine)
    assert (report.changed, report.healed, report.server) == (True, False, "gfs1")
    assert report.observed.state is State.HEALTHY
    assert report.observed.mount.source == "gfs1:/web", "mount -a and findmnt know it by the line in fstab"
    assert os.path.isdir(machine.path)
    assert tries(report) == [("gfs1", Step.GETSPEC, Outcome.OK), ("gfs1", Step.PROVE, Outcome.OK)]


def test_where_the_first_server_is_dead_the_second_one_is_used_and_both_are_told(machine):
    machine.says = {"gfs1": REFUSED}
    report = mount(machine)
    assert report.server == "gfs2"
    assert tries(report) == [
        ("gfs1", Step.CONNECT, Outcome.REFUSED),
        ("gfs2", Step.GETSPEC, Outcome.OK),
        ("gfs2", Step.PROVE, Outcome.OK),
    ]
    (client,) = machine.started()
    assert [word for word in client if "volfile-server" in word] == [
        f"--volfile-server={name}" for name in ("gfs2", "gfs3", "gfs1")
    ], "the one that has just failed comes last"


def test_a_name_whose_first_address_is_dead_is_mounted_from_the_one_that_answers(machine):
    both = Spec(volfile.parse(machine.graph), (), "192.0.2.9", ("192.0.2.8", "192.0.2.9"))
    machine.says = {"gfs1": Later(0.2, both)}
    report = mount(machine)
    assert tries(report)[-1] == ("gfs1", Step.PROVE, Outcome.OK), "it is called by its name all the same"
    (client,) = machine.started()
    assert [word for word in client if "volfile-server" in word] == [
        f"--volfile-server={name}" for name in ("192.0.2.9", "gfs2", "gfs3")
    ]


def test_a_frozen_server_costs_a_second_and_not_half_an_hour(machine):
    machine.says = {"gfs1": SILENT}
    assert mount(machine).server == "gfs2"
    assert machine.clock.now() < 1.5


def test_a_server_that_was_just_slow_comes_last_and_is_asked_again_in_the_same_round(machine):
    machine.says = {"gfs1": Later(1.5, Spec(volfile.parse(machine.graph), (), ""))}
    machine.starts = [exits(1), exits(1)]
    report = mount(machine)
    assert tries(report)[0] == ("gfs1", Step.GETSPEC, Outcome.SILENT)
    assert [server for server, step, _outcome in tries(report) if step in (Step.START, Step.PROVE)] == [
        "gfs2",
        "gfs3",
        "gfs1",
    ]
    assert machine.started()[0][2:5] == tuple(f"--volfile-server={host}" for host in ("gfs2", "gfs3", "gfs1"))


def test_without_the_client_program_it_is_said_what_to_install(machine):
    machine.change(program=lambda _name: None)
    error = fails(machine)
    assert "install package glusterfs-client" in str(error)
    assert (machine.asked, machine.left()) == ([], [])


def test_where_systemd_runs_the_client_outlives_the_service_that_ran_the_module(tmp_path):
    machine = FakeMachine(tmp_path, systemd=True)
    mount(machine)
    assert "systemd-run" in machine.ran[0][0]
    assert machine.started(), "and is the same client"


def test_only_a_servers_port_of_its_own_is_looked_for_behind_the_client(machine):
    report = mount(machine, servers=(Server("gfs1", 24008),))
    assert report.server is None, "the management connection goes to another port"


def test_a_server_that_the_user_did_not_name_is_told_by_its_address(machine):
    machine.starts = [
        lambda m, argv, timeout: mounts_but()(m, (*argv[:2], "--volfile-server=gfs3", *argv[2:]), timeout)
    ]
    report = mount(machine, servers=(Server("strange"),))
    assert report.server == "10.0.0.3"


def test_a_name_that_resolves_slowly_is_still_the_one_told(machine):
    machine.change(resolve=lambda host, port: Later(0.5, machine.resolve(host, port)))
    assert mount(machine).server == "gfs1"


def test_names_that_do_not_resolve_now_hold_up_nobody_once_it_is_mounted(machine):
    machine.change(resolve=lambda _host, _port: SILENT)
    assert mount(machine).server == "10.0.0.1"
    assert machine.clock.now() < resolve.NAMES_SECONDS + 0.5


# -- no server serves


def test_a_volume_that_no_server_has_is_told_at_once(machine):
    machine.says = dict.fromkeys(("gfs1", "gfs2", "gfs3"), NO_VOLUME)
    error = fails(machine)
    assert str(error).startswith("no server has a volume web; nothing was mounted:\n")
    assert re.findall(r"gfs\d: getspec: no volume", str(error)) == [f"gfs{n}: getspec: no volume" for n in (1, 2, 3)]
    assert machine.clock.now() < 0.1
    assert (machine.started(), machine.left()) == ([], [])


def test_servers_that_are_down_are_tried_until_the_time_is_over_and_no_longer(machine):
    machine.says = dict.fromkeys(("gfs1", "gfs2", "gfs3"), REFUSED)
    error = fails(machine)
    assert str(error).startswith(
        f"volume web could not be mounted on {machine.path} in 117 s (timeout_total is 120 s):\n"
    )
    assert len(str(error).splitlines()) == 4, "one line for each server"
    assert re.search(r"gfs3: connect: refused after 0\.00 s, \d+ tries: Connection refused", str(error))
    assert 120 - machine.spec().timeout_probe <= machine.clock.now() <= 120, (
        "the last round comes when there is just time for it"
    )
    assert (machine.started(), machine.left()) == ([], [])


def test_a_server_that_denies_does_not_end_the_tries_at_one_that_is_just_rebooting(machine):
    machine.says = {"gfs1": NO_VOLUME, "gfs2": NO_VOLUME, "gfs3": REFUSED}
    meanwhile(machine, 20, machine.says.clear)
    assert mount(machine).changed


def test_frozen_servers_do_not_stretch_the_time_limit(machine):
    machine.says = dict.fromkeys(("gfs1", "gfs2", "gfs3"), SILENT)
    fails(machine, timeout_total=10)
    assert machine.clock.now() <= 10 + SLACK


def test_a_pool_that_reboots_is_asked_ever_less_often_but_at_least_every_ten_seconds(machine):
    machine.says = dict.fromkeys(("gfs1", "gfs2", "gfs3"), REFUSED)
    asked = []

    def getspec(server, volume, timeout, **how):
        asked.append(machine.clock.now())
        return machine.getspec(server, volume, timeout, **how)

    machine.change(getspec=getspec)
    fails(machine, timeout_total=600)
    rounds = sorted(set(asked))
    pauses = [after - before for before, after in zip(rounds, rounds[1:])]
    assert pauses[0] <= host_client.BACKOFF_SECONDS
    assert host_client.BACKOFF_MOST_SECONDS / 2 < max(pauses) <= host_client.BACKOFF_MOST_SECONDS
    assert 60 < len(rounds) < 200


def test_two_hours_of_tries_are_possible(machine):
    machine.says = dict.fromkeys(("gfs1", "gfs2", "gfs3"), REFUSED)
    assert "timeout_total is 7200 s" in str(fails(machine, timeout_total=7200))


# -- too few bricks


def test_a_stopped_volume_is_waited_for_and_its_bricks_are_named(machine):
    machine.down = {"gfs1", "gfs2", "gfs3"}
    error = fails(machine)
    assert "bricks: bricks down" in str(error)
    assert "gfs2:/bricks/web: no process serves it" in str(error)
    assert 100 < machine.clock.now() <= 120 + SLACK
    assert (machine.started(), machine.left()) == ([], []), "no client is started for nothing"


def test_bricks_that_come_up_in_time_are_mounted(machine):
    machine.down = {"gfs1", "gfs2"}
    meanwhile(machine, 30, machine.down.clear)
    report = mount(machine)
    assert report.observed.state is State.HEALTHY
    assert 30 <= machine.clock.now() < 45


def test_bricks_whose_glusterd_is_frozen_are_named_when_the_mount_cannot_reach_them(machine):
    machine.silent = {"gfs2", "gfs3"}
    machine.starts = [mounts_but(unconnected={"gfs2", "gfs3"})] * 20
    error = str(fails(machine))
    assert "is not connected to gfs2:/bricks/web, gfs3:/bricks/web" in error
    assert "nothing could be learnt of gfs2:/bricks/web (its glusterd: timeout: no answer), gfs3:/bricks/web" in error


def test_a_mount_does_not_wait_for_a_silent_brick_and_tells_so(machine):
    machine.silent = {"gfs3"}
    machine.watch_seconds = 2
    waits = tcp.Connection(socket.AF_INET, b"", tcp.SYN_SENT, ADDRESSES["gfs3"], 24007, 1, 0, 12)
    machine.links = [waits]
    heard = []
    machine.change(on_attempt=heard.append)
    report = mount(machine)
    assert machine.destroyed == [waits]
    assert tries(report)[-2:] == [("gfs3", Step.BRICKS, Outcome.CUT_OFF), ("gfs1", Step.PROVE, Outcome.OK)]
    assert heard == list(report.attempts)


def test_one_brick_of_three_may_be_down(machine):
    machine.down = {"gfs2"}
    report = mount(machine)
    assert (report.observed.state, report.warnings) == (State.DEGRADED, ())


def test_all_bricks_are_waited_for_where_all_are_required(machine):
    machine.down = {"gfs2"}
    assert "gfs2:/bricks/web: no process serves it" in str(fails(machine, require="all"))


def test_where_any_brick_will_do_the_missing_files_are_warned_of(machine):
    machine.graph = graph("distribute")
    machine.down = {"gfs1"}
    (warning,) = mount(machine, require="any").warnings
    assert warning.startswith(f"{machine.path} is mounted, but files are missing or cannot be written: ")
    assert "is not connected to gfs1:" in warning


# -- the client fails


def failing_client(machine, tmp_path, act):
    log = tmp_path / "client.log"
    log.write_text("[2026-11-23 15:05:50.0 +0000] E [a.c:1:f] 0-fuse: an old story\n")
    machine.starts = [act]
    return fails(machine, [f"log-file={log}"])


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (
            exits(1, log='SETVOLUME failed [{remote-error=subdirectory for mount "/x" is not found}]', mounted=True),
            'subdirectory for mount "/x" is not found',
        ),
        (exits(0, log="SETVOLUME failed [{remote-error=Authentication failed}]"), "Authentication failed"),
        (exits(0, log="mount of gfs1:web to /srv/web (relatime) failed"), "the kernel refused the mount"),
        (exits(64, stderr="glusterfs: unrecognized option '--x'"), "unrecognized option '--x'"),
        (exits(127, stderr="/usr/sbin/glusterfs: No such file or directory"), "install the GlusterFS client"),
    ],
    ids=["no such subdirectory", "not allowed", "kernel", "usage", "program gone"],
)
def test_what_no_other_server_can_help_ends_the_run_with_the_clients_own_words(machine, tmp_path, act, told):
    error = failing_client(machine, tmp_path, act)
    assert str(error).startswith(f"volume web cannot be mounted on {machine.path}: ")
    assert told in str(error)
    assert "old story" not in str(error)
    assert len(machine.started()) == 1
    assert machine.clock.now() < 1
    assert machine.left() == []


def test_a_client_that_says_ok_and_mounts_nothing_is_not_believed(machine):
    machine.starts = [exits(0)]
    report = mount(machine)
    assert report.server == "gfs2"
    assert tries(report)[1] == ("gfs1", Step.START, Outcome.CLIENT_FAILED)


def test_a_client_that_fails_and_leaves_a_dead_mount_is_cleaned_away_before_the_next_try(machine):
    machine.starts = [exits(1, mounted=True)]
    assert mount(machine).server == "gfs2"
    assert len(machine.mounts) == 1


def test_what_somebody_else_mounts_while_a_try_fails_is_left_to_him(machine):
    """By mount.glusterfs, which takes no lock. What the try has mounted lies below that, where no unmount gets at it."""
    by_hand = ("/usr/sbin/glusterfs", "--process-name", "fuse", "--volfile-server=gfs3", "--volfile-id=web")
    theirs = []

    def fails_beside_him(machine, argv, timeout):
        mounts_but(answers=HUNG)(machine, argv, timeout)
        theirs.append(machine.add_gluster((*by_hand, machine.path), source="gfs3:/web"))
        return machine.ended(argv, 1)

    machine.starts = [fails_beside_him, exits(1), exits(1)]
    machine.says = {"gfs2": NO_VOLUME, "gfs3": NO_VOLUME}
    fails(machine, timeout_total=4)
    (ours, theirs) = (machine.mounts[0], theirs[0])
    assert machine.mounts == [ours, theirs]
    assert machine.killed == [ours.pid]


def test_a_client_that_hangs_in_the_fetch_leaves_no_orphan_that_mounts_by_itself_later(machine):
    machine.starts = [hangs]
    report = mount(machine)
    assert tries(report)[1] == ("gfs1", Step.START, Outcome.TIMEOUT)
    assert "no mount after 30.0 s" in report.attempts[1].detail
    assert (len(machine.mounts), len(machine.killed)) == (1, 1)
    assert report.server == "gfs2"


@pytest.mark.parametrize(
    ("ill", "why"),
    [
        ({"answers": HUNG}, "statvfs on the mount gives no answer"),
        ({"answers": DEAD}, "Transport endpoint is not connected"),
        ({"unconnected": frozenset({"gfs2", "gfs3"})}, "is not connected to gfs2:/bricks/web, gfs3:/bricks/web"),
    ],
    ids=["hung", "dead", "without quorum"],
)
def test_a_mount_that_never_proves_is_taken_away_again_and_the_next_server_tried(machine, ill, why):
    machine.starts = [mounts_but(**ill)]
    report = mount(machine, timeout_try=4)
    assert tries(report)[1] == ("gfs1", Step.PROVE, Outcome.UNPROVEN)
    assert why in report.attempts[1].detail
    assert 4 <= report.attempts[1].seconds < 4 + inspect.LOOK_SECONDS
    assert (report.server, len(machine.mounts)) == ("gfs2", 1)


def test_clients_that_all_hang_leave_nothing_and_do_not_stretch_the_time_limit(machine):
    machine.starts = [hangs] * 20
    fails(machine)
    assert machine.clock.now() <= 120 + SLACK
    assert machine.left() == []


def test_mounts_that_all_hang_leave_nothing_and_do_not_stretch_the_time_limit(machine):
    machine.starts = [mounts_but(answers=HUNG)] * 20
    fails(machine)
    assert machine.clock.now() <= 120 + SLACK
    assert machine.left() == []


def test_a_volume_that_clients_are_denied_everywhere_is_told_without_waiting(machine):
    machine.starts = [exits(2)] * 3
    assert "no server has a volume web" in str(fails(machine))
    assert machine.clock.now() < 1


def test_a_mount_point_that_cannot_be_made_is_told_and_the_parents_made_for_it_go_again(machine):
    path = f"{machine.parent}/a/b/{'x' * 300}"
    error = fails(machine, path=path)
    assert f"the mount point {path} cannot be made" in str(error)
    assert "File name too long" in str(error)
    assert machine.left() == []


def test_parents_that_are_made_for_the_mount_point_go_again_when_the_mount_fails(machine):
    machine.starts = [exits(64)]
    fails(machine, path=f"{machine.parent}/a/b/c")
    assert machine.left() == []


def test_what_another_has_put_into_the_mount_point_meanwhile_is_not_removed(machine):
    def act(there, argv, timeout):
        (there.parent / "web" / "file").touch()
        return exits(64)(there, argv, timeout)

    machine.starts = [act]
    fails(machine)
    assert machine.left() == [machine.path, f"{machine.path}/file"]


def test_a_mount_point_that_was_there_stays_when_the_mount_fails(machine):
    os.mkdir(machine.path)
    machine.starts = [exits(64)]
    fails(machine)
    assert machine.left() == [machine.path]


# -- interrupted


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError("fork failed")], ids=["by hand", "by an error"])
def test_an_interrupted_run_leaves_nothing_behind(machine, error):
    machine.starts = [interrupted_by(error)]
    with pytest.raises(type(error)):
        mount(machine)
    assert machine.left() == []


def test_a_run_that_is_terminated_leaves_nothing_behind(machine):
    def act(there, argv, timeout):
        hangs(there, argv, timeout)
        signal.raise_signal(signal.SIGTERM)

    machine.starts = [act]
    with pytest.raises(signals.Interrupted, match="SIGTERM"), signals.rollback_on_signal():
        mount(machine)
    assert machine.left() == []


# -- something is mounted already


def test_a_healthy_mount_is_left_alone(machine):
    healthy(machine)
    report = mount(machine)
    assert (report.changed, report.healed, report.server) == (False, False, "gfs1")
    assert (report.differs, report.warnings, machine.ran) == ((), (), [])


def test_a_healthy_mount_is_left_alone_though_no_server_answers(machine):
    machine.says = dict.fromkeys(("gfs1", "gfs2", "gfs3"), REFUSED)
    healthy(machine)
    report = mount(machine)
    assert not report.changed
    (warning,) = report.warnings
    assert warning.startswith(f"{machine.path} is mounted and answers, but no server does:\n  gfs1: connect: refused")


def test_a_mount_that_does_not_show_its_bricks_is_left_alone(machine):
    healthy(machine, volfile="")
    assert not mount(machine).changed


def test_a_mount_that_a_container_made_for_this_node_is_left_alone(machine):
    entry = healthy(machine)
    namespace = machine.proc.path / str(entry.pid) / "ns" / "mnt"
    namespace.unlink()
    namespace.symlink_to("mnt:[2]")
    report = mount(machine, ["ro"], refresh=True)
    assert (report.changed, report.server, report.differs) == (False, None, ()), "its client cannot be seen"


def test_a_degraded_mount_is_left_alone(machine):
    healthy(machine)
    machine.down = {"gfs3"}
    report = mount(machine)
    assert (report.changed, report.observed.state, report.warnings) == (False, State.DEGRADED, ())


def test_a_mount_whose_bricks_come_back_is_waited_for(machine):
    entry = healthy(machine, unconnected=frozenset({"gfs2", "gfs3"}))

    def reconnect():
        entry.unconnected = frozenset()

    meanwhile(machine, 4, reconnect)
    report = mount(machine)
    assert (report.changed, report.observed.state) == (False, State.HEALTHY)
    assert 4 <= machine.clock.now() < 6


def test_a_mount_that_cannot_be_written_fails_and_stays(machine):
    healthy(machine)
    machine.down = {"gfs2", "gfs3"}
    error = fails(machine, timeout_total=20)
    assert f"{machine.path} is mounted, but web-replicate-0 is not connected to gfs2:/bricks/web" in str(error)
    assert 20 <= machine.clock.now() <= 20 + SLACK
    assert machine.ran == []


def test_a_mount_that_dies_while_its_bricks_are_waited_for_is_told(machine):
    entry = healthy(machine)
    machine.down = {"gfs2", "gfs3"}
    meanwhile(machine, 4, lambda: machine.client_dies(entry))
    assert "stopped answering: the mount answers ENOTCONN" in str(fails(machine))


def test_a_dead_mount_is_healed(machine):
    entry = dead(machine)
    report = mount(machine)
    assert (report.changed, report.healed, report.observed.state) == (True, True, State.HEALTHY)
    assert entry not in machine.mounts
    assert len(machine.mounts) == 1


def test_a_hung_mount_is_healed_without_a_plain_umount_that_would_hang_too(machine):
    entry = healthy(machine, answers=HUNG)
    report = mount(machine, patience=0)
    assert report.healed
    assert [argv[1:] for argv in machine.ran if "umount" in argv[0]] == [("-l", machine.path)]
    assert machine.killed == [entry.pid], "and its users are freed"
    assert machine.clock.now() < 2 * inspect.LOOK_SECONDS


@pytest.mark.parametrize("state", [DEAD, HUNG])
def test_a_client_that_answers_again_within_its_patience_keeps_its_open_files(machine, state):
    """I/O stalls for 42 s when the host of a brick falls silent."""
    entry = healthy(machine, answers=state)
    machine.at(44, lambda: setattr(entry, "answers", "healthy"))
    report = mount(machine)
    assert (report.changed, report.healed, report.observed.state) == (False, False, State.HEALTHY)
    assert (machine.mounts, machine.killed) == ([entry], [])


def test_a_client_that_falls_silent_while_its_servers_are_asked_gets_its_patience_too(machine):
    """It has lost its server, which is looked at for some seconds; and then the host of a brick falls silent."""
    entry = healthy(machine)
    (machine.proc.path / str(entry.pid) / "net" / "tcp").write_text("head\n")

    def falls_silent():
        entry.answers = HUNG
        machine.at(44, lambda: setattr(entry, "answers", "healthy"))

    machine.at(4, falls_silent)
    report = mount(machine)
    assert (report.changed, report.observed.state) == (False, State.HEALTHY)
    assert (machine.mounts, machine.killed, machine.clock.now() > 44) == ([entry], [], True)


def test_a_mount_that_hangs_gets_its_patience_whatever_its_client_calls_itself(machine):
    """A mount without a client never hangs. One that somebody has started by hand need not be known."""
    entry = healthy(machine, answers=HUNG)
    (machine.proc.path / str(entry.pid) / "cmdline").write_bytes(b"glusterfs\0-s\0gfs1\0/srv/web/\0")
    machine.at(44, lambda: setattr(entry, "answers", "healthy"))
    report = mount(machine)
    assert (report.changed, machine.mounts) == (False, [entry])


def test_a_client_without_bricks_gets_its_patience_on_a_kernel_that_tells_less(machine):
    """As Linux 6.1, which does not tell whose connection is whose."""
    entry = healthy(machine, answers=DEAD)
    (machine.proc.path / str(entry.pid) / "fdinfo" / "90").write_text("pos:\t0\n")
    machine.at(44, lambda: setattr(entry, "answers", "healthy"))
    assert (mount(machine).changed, machine.mounts) == (False, [entry])


def test_a_client_that_stays_hung_is_replaced_when_its_patience_is_over_and_time_for_a_try_is_left(machine):
    healthy(machine, answers=HUNG)
    assert mount(machine, timeout_total=50).healed
    assert 20 < machine.clock.now() < 40


def test_who_asks_for_a_mount_to_be_made_anew_does_not_wait_for_one_that_hangs(machine):
    healthy(machine, answers=HUNG)
    assert mount(machine, renew=True).healed
    assert machine.clock.now() < 2 * inspect.LOOK_SECONDS


def test_a_dead_mount_that_cannot_be_replaced_stays_so_that_nobody_writes_into_the_directory_below(machine):
    machine.says = dict.fromkeys(("gfs1", "gfs2", "gfs3"), REFUSED)
    entry = dead(machine)
    fails(machine)
    assert machine.mounts == [entry]
    assert machine.ran == []


def test_a_dead_mount_whose_client_was_told_by_another_tool_is_ours_by_its_source(machine):
    os.mkdir(machine.path)
    machine.add_mount(source="gfs1:web")
    assert mount(machine).healed


def test_a_client_that_cannot_be_ended_is_told(machine):
    entry = healthy(machine, answers=HUNG)
    machine.unkillable = True
    assert f"is unmounted, but its client does not end: process {entry.pid}" in str(fails(machine))


def test_something_else_is_never_unmounted(machine):
    os.mkdir(machine.path)
    machine.add_mount(fstype="nfs4", source="nas:/export")
    error = fails(machine, renew=True)
    assert f"{machine.path}: something else is mounted there: nfs4 from nas:/export; unmount it first" in str(error)
    assert (machine.asked, machine.ran) == ([], [])


@pytest.mark.parametrize("answers", ["healthy", DEAD, HUNG])
@pytest.mark.parametrize("root", ["/", "/app"])
def test_a_bind_of_a_mount_has_no_verdict_of_its_own_and_is_never_taken_for_one(machine, root, answers):
    """Its client is that of the mount; taken for dead it would be detached from under those who use it."""
    app, shown = f"{machine.parent}/app", f"{machine.parent}/app{root.rstrip('/')}"
    entry = machine.add_gluster(
        ("/usr/sbin/glusterfs", "--volfile-server=gfs1", "--volfile-id=/web", app), answers=answers
    )
    machine.bind(entry, machine.path, root)
    observed = inspect.inspect(machine.path, machine.node.host)
    assert (observed.state, observed.bind_of, observed.mounted, observed.answers) == (State.BIND, shown, False, False)
    assert (observed.as_result()["state"], observed.as_result()["bind_of"]) == ("bind", shown)
    assert f"{machine.path}: something else is mounted there: a bind of {shown}" in str(fails(machine))
    with pytest.raises(MountError, match=f"a bind of {shown}; it is left alone"):
        unmount(machine)
    assert (machine.ran, machine.killed, len(machine.mounts)) == ([], [], 2)
    assert inspect.inspect(app, machine.node.host).state.value == answers, "the mount has its own"


def test_a_bind_whose_mount_is_gone_is_told_from_a_mount_all_the_same(machine):
    entry = machine.add_gluster()
    machine.bind(entry, f"{machine.parent}/app", "/app")
    machine.mounts.remove(entry)
    machine._write_mountinfo()
    observed = inspect.inspect(f"{machine.parent}/app", machine.node.host)
    assert (observed.state, observed.bind_of, observed.stranger()) == (
        State.BIND,
        "",
        "a bind of a directory of gfs1:/web",
    )


def test_a_mount_that_is_bound_elsewhere_is_still_a_mount(machine):
    """A dead one too, which no client tells from its bind."""
    entry = healthy(machine)
    machine.bind(entry, f"{machine.parent}/copy")
    assert inspect.inspect(machine.path, machine.node.host).state is State.HEALTHY
    machine.client_dies(entry)
    assert inspect.inspect(machine.path, machine.node.host).state is State.DEAD


def test_systemds_automount_trigger_is_nothing_mounted(machine):
    os.mkdir(machine.path)
    machine.add_mount(fstype="autofs", source="systemd-1")
    assert mount(machine).changed


@pytest.mark.parametrize(
    ("volume", "subdir", "named"),
    [("other", "", "volume web, not other"), ("web", "a/b", "volume web, not web/a/b")],
)
def test_another_volume_is_never_unmounted(machine, volume, subdir, named):
    healthy(machine)
    assert named in str(fails(machine, volume=volume, subdir=subdir))
    assert machine.ran == []


def test_a_volume_of_the_same_name_of_another_cluster_is_refused(machine):
    healthy(machine, volfile=machine.graph.replace("remote-host gfs", "remote-host old"))
    error = fails(machine)
    assert "volume web of another cluster is mounted there, with bricks on old1, old2, old3" in str(error)
    assert machine.ran == []


def test_the_same_cluster_after_a_brick_was_replaced_is_still_the_same(machine):
    """Which the client has not heard of."""
    healthy(machine, volfile=machine.graph.replace("remote-host gfs3", "remote-host gfs4"))
    report = mount(machine)
    assert (report.changed, report.healed, report.warnings) == (True, True, ())
    assert [brick.host for brick in report.observed.look.volfile.bricks] == ["gfs1", "gfs2", "gfs3"]


# -- options


def test_other_options_are_told_and_a_mount_in_use_is_left_alone(machine):
    healthy(machine)
    report = mount(machine, ["ro"])
    assert (report.changed, report.differs) == (False, ("--read-only",))


def test_other_options_are_carried_out_where_asked_for(machine):
    healthy(machine)
    report = mount(machine, ["ro"], refresh=True)
    assert (report.changed, report.healed, report.differs) == (True, False, ())
    assert "--read-only" in machine.started()[0]
    assert len(machine.mounts) == 1


def test_the_same_options_are_no_reason_to_mount_anew(machine):
    mount(machine, ["ro"])
    assert not mount(machine, ["ro"], refresh=True).changed


def test_another_log_file_is_no_reason_to_mount_anew(machine, tmp_path):
    mount(machine)
    assert mount(machine, [f"log-file={tmp_path}/other.log"], refresh=True).differs == ()


def test_a_client_whose_program_an_upgrade_has_replaced_is_told_and_made_anew_where_asked_for(machine):
    exe = machine.proc.path / str(healthy(machine).pid) / "exe"
    exe.unlink()
    exe.symlink_to("/usr/sbin/glusterfsd (deleted)")
    report = mount(machine)
    assert (report.changed, report.observed.as_result()["outdated"]) == (False, True)
    report = mount(machine, refresh=True)
    assert (report.changed, report.observed.as_result()["outdated"]) == (True, False)
    assert not mount(machine, refresh=True).changed


def test_a_healthy_mount_is_made_anew_where_asked_for(machine):
    entry = healthy(machine)
    report = mount(machine, renew=True)
    assert (report.changed, report.healed) == (True, False)
    assert entry not in machine.mounts
    assert machine.killed == [], "the client of a healthy mount ends by itself and loses nothing"


def test_a_client_that_still_writes_after_the_unmount_gets_its_time(machine):
    entry = healthy(machine)
    machine.flushing = {entry.pid}
    meanwhile(machine, 5, lambda: machine.client_dies(entry))
    assert mount(machine, renew=True).changed
    assert machine.killed == []


def test_a_mount_in_use_is_not_taken_away_and_its_users_are_named(machine):
    entry = healthy(machine)
    machine.add_user(77, "postgres", f"{machine.path}/data")
    machine.add_user(78, "bash", f"{machine.path}2")
    error = fails(machine, renew=True)
    assert f"{machine.path} is in use by postgres (77) and stays mounted" in str(error)
    assert machine.mounts == [entry]
    assert not pending.is_marked(machine.path, machine.node.host.lock_directory), (
        "healing would undo a later umount by hand"
    )


# -- the guard


def test_the_bare_directory_is_guarded_before_anything_is_mounted_on_it(machine):
    def act(there, argv, timeout):
        assert there.guarded == {there.path}
        return mounts_but()(there, argv, timeout)

    machine.starts = [act]
    assert mount(machine, guard=True).guard.immutable


def test_a_directory_that_is_not_empty_is_mounted_on_all_the_same(machine):
    os.mkdir(machine.path)
    (machine.parent / "web" / "file").touch()
    report = mount(machine, guard=True)
    assert (report.changed, report.guard.immutable, report.guard.reason) == (True, False, "it is not empty")


def test_a_mount_that_fails_takes_its_guard_back(machine):
    machine.starts = [exits(64)]
    fails(machine, guard=True)
    assert machine.left() == []


def test_a_guard_that_was_there_stays_when_the_mount_fails(machine):
    os.mkdir(machine.path)
    machine.guarded.add(machine.path)
    machine.starts = [exits(64)]
    fails(machine, guard=True)
    assert machine.left() == [f"guard of {machine.path}", machine.path]


def test_a_guard_that_is_not_wanted_any_more_goes_with_the_next_mount(machine):
    os.mkdir(machine.path)
    machine.guarded.add(machine.path)
    assert not mount(machine, guard=False).guard.immutable


def test_a_guard_that_is_not_wanted_any_more_stays_where_the_mount_fails(machine):
    os.mkdir(machine.path)
    machine.guarded.add(machine.path)
    machine.starts = [exits(64)]
    fails(machine, guard=False)
    assert machine.left() == [f"guard of {machine.path}", machine.path]


def test_a_healthy_mount_is_not_touched_for_its_guard(machine):
    healthy(machine)
    report = mount(machine, guard=True)
    assert (report.changed, report.guard.immutable, machine.guarded) == (False, False, set())


# -- check mode


@pytest.mark.parametrize(
    ("before", "changed", "healed"),
    [(lambda _machine: None, True, False), (healthy, False, False), (dead, True, True)],
    ids=["nothing mounted", "healthy", "dead"],
)
def test_check_mode_tells_what_would_happen_and_does_nothing(machine, before, changed, healed):
    before(machine)
    left = machine.left()
    report = mount(machine, check=True)
    assert (report.changed, report.healed) == (changed, healed)
    assert (machine.ran, machine.left()) == ([], left)
    assert machine.asked == ([("10.0.0.1", "web")] if before is healthy else []), (
        "whether a client hears from its server"
    )


def test_check_mode_refuses_what_the_run_would_refuse(machine):
    os.mkdir(machine.path)
    machine.add_mount(fstype="ext4", source="/dev/sdb1")
    assert "something else is mounted there" in str(fails(machine, check=True))


# -- what is told


def test_the_story_is_a_line_a_server_with_its_last_try_and_their_number():
    tries = [
        Attempt(Server("gfs1"), Step.CONNECT, Outcome.REFUSED, 0.001, "Connection refused"),
        Attempt(Server("gfs2"), Step.GETSPEC, Outcome.OK, 0.002),
        Attempt(Server("gfs2"), Step.PROVE, Outcome.UNPROVEN, 30.0),
        Attempt(Server("gfs1"), Step.GETSPEC, Outcome.CLOSED, 0.5, "closed"),
        Attempt(None, Step.BRICKS, Outcome.BRICKS_DOWN, 1.0),
    ]
    assert attempt_.format_attempts(tries).splitlines() == [
        "  gfs1: getspec: closed after 0.50 s, 2 tries: closed",
        "  gfs2: prove: unproven after 30.00 s",
        "  -: bricks: bricks down after 1.00 s",
    ]


# -- two runs at once


def test_a_second_run_waits_for_the_first_and_finds_its_mount(machine):
    """A timer and a playbook at the same moment."""
    first_is_at_work, first_may_go_on = threading.Event(), threading.Event()

    def act(there, argv, timeout):
        first_is_at_work.set()
        assert first_may_go_on.wait(30)
        return mounts_but()(there, argv, timeout)

    machine.starts = [act]
    first = threading.Thread(target=mount, args=(machine,))
    first.start()
    assert first_is_at_work.wait(30)

    def let_the_first_end():
        first_may_go_on.set()
        first.join(30)

    second = report_of(
        machine.spec(), replace(machine.node, host=replace(machine.node.host, clock=Meanwhile(1, let_the_first_end)))
    )
    assert (second.changed, second.observed.state) == (False, State.HEALTHY)
    assert len(machine.started()) == 1


def test_a_lock_that_cannot_be_made_is_told_with_its_place(machine, tmp_path):
    """As where /run is full."""
    (tmp_path / "locks").write_text("in the way")
    error = fails(machine)
    assert f"{machine.path}: its lock " in str(error)
    assert "/locks" in str(error)
    assert (machine.asked, machine.left()) == ([], [])


def test_a_run_does_not_wait_for_another_without_limit(machine):
    def act(there, argv, timeout):
        assert "another run is at work on this mount point" in str(fails(there, timeout_total=5))
        return mounts_but()(there, argv, timeout)

    machine.starts = [act]
    assert mount(machine).changed
    assert machine.clock.now() < 6


def test_the_wait_for_another_run_is_part_of_the_time_limit(machine):
    machine.says = dict.fromkeys(("gfs1", "gfs2", "gfs3"), REFUSED)
    another_run = contextlib.ExitStack()
    path = f"{machine.node.host.lock_directory}/{client.file_name(machine.path)}.lock"
    another_run.enter_context(lock.hold(path, 0, FakeClock()))
    meanwhile(machine, 30, another_run.close)
    assert "timeout_total is 40 s" in str(fails(machine, timeout_total=40))
    assert machine.clock.now() <= 40


# -- in a mount namespace of its own, as a unit with PrivateTmp has


@pytest.mark.parametrize("propagation", ["master:1", "", "shared:2 master:1"])
@pytest.mark.parametrize("check", [False, True])
def test_no_mount_is_called_ok_that_the_host_does_not_see(machine, propagation, check):
    machine.leave_the_host(propagation)
    assert "only this run would see it" in str(fails(machine, check=check))
    assert (machine.asked, machine.ran, os.path.exists(machine.path)) == ([], [], False)


def test_no_mount_is_called_gone_that_the_host_still_has(machine):
    entry = healthy(machine)
    machine.leave_the_host("master:1")
    with pytest.raises(MountError, match="only this run would see it"):
        unmount(machine)
    assert machine.mounts == [entry]


def test_a_healthy_mount_of_the_host_is_left_alone_from_there(machine):
    healthy(machine)
    machine.leave_the_host("master:1")
    assert not mount(machine).changed


def test_where_the_host_sees_it_a_namespace_of_its_own_is_no_hindrance(machine):
    machine.leave_the_host("shared:1")
    assert mount(machine).changed


def test_whoever_asks_for_a_mount_of_his_own_gets_it(machine):
    machine.leave_the_host("master:1")
    assert report_of(machine.spec(), machine.node, private=True).changed


# -- unmounting


def unmount(machine, **more):
    return unmount_.unmount(machine.path, machine.node, timeout=10, **more)


def test_a_mount_is_taken_away_with_its_client(machine):
    healthy(machine)
    assert unmount(machine).changed
    assert machine.left() == [machine.path]


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    "take_away",
    [
        unmount,
        lambda machine, **more: mount(machine, renew=True, **more),
        lambda machine, **more: mount(machine, ["attribute-timeout=5"], refresh=True, **more),
    ],
    ids=["unmount", "renew", "refresh"],
)
@pytest.mark.parametrize("root", ["/", "/app"])
def test_a_bind_of_a_mount_keeps_its_client(machine, take_away, root, check):
    """umount(2) of the mount point would go well, and the client, killed after that, take the bind's writes along."""
    entry = healthy(machine)
    machine.bind(entry, f"{machine.parent}/bound", root)
    with pytest.raises(
        MountError, match=f"{machine.path} is in use by a bind.* at {machine.parent}/bound and stays mounted"
    ):
        take_away(machine, check=check)
    assert (len(machine.mounts), machine.killed, machine.ran, machine.guarded) == (2, [], [], set())
    assert not pending.is_marked(machine.path, machine.node.host.lock_directory)


def test_a_mount_below_is_named_as_what_keeps_the_upper_one(machine):
    entry = healthy(machine)
    machine.add_mount(path=f"{machine.path}/below", source="gfs1:/pages")
    machine.mounts[-1].parent = entry.id
    machine._write_mountinfo()
    with pytest.raises(MountError, match=f"what is mounted below it at {machine.path}/below"):
        unmount(machine, check=True)


@pytest.mark.parametrize("take_away", [unmount, lambda machine: mount(machine, renew=True)])
def test_a_client_that_somebody_unseen_needs_is_left_alive_and_that_is_said(machine, take_away):
    """Another mount namespace that only a file keeps: the kernel has the connection still, which is all that tells."""
    entry = healthy(machine)
    machine.kept = {entry.id}
    report = take_away(machine)
    assert report.changed
    assert (machine.killed, machine.clock.now() < 5) == ([], True)
    (warning,) = report.warnings
    assert f"{machine.path}: the client that has served it (process {entry.pid}) was left alive" in warning
    assert "in use by another mount namespace" in warning


def test_an_older_client_that_others_need_is_not_ended_with_a_dead_mount_of_the_same_path(machine):
    """A kernel that does not tell whose connection is whose, as Linux 6.1. The older one was left alive for those."""
    old = healthy(machine)
    machine.kept = {old.id}
    unmount(machine)
    assert mount(machine).changed
    machine.client_dies(machine.top(machine.path))
    (machine.proc.path / str(old.pid) / "fdinfo" / "90").write_text("pos:\t0\n")
    report = mount(machine)
    assert (report.healed, machine.killed, machine.clock.now() < 10) == (True, [], True)
    assert (machine.proc.path / str(old.pid)).exists()


def test_where_the_kernel_does_not_tell_a_client_is_left_to_end_by_itself(machine):
    entry = healthy(machine)
    machine.fusectl, machine.flushing = False, {entry.pid}
    (warning,) = unmount(machine).warnings
    assert (machine.killed, "was left alive" in warning) == ([], True)


def test_a_client_that_does_not_end_though_its_file_system_is_gone_is_ended(machine):
    entry = healthy(machine)
    machine.flushing = {entry.pid}
    assert unmount(machine).warnings == ()
    assert machine.killed == [entry.pid]


def test_a_mount_that_is_busy_for_a_moment_is_waited_for(machine):
    """A look at it by another run, or by systemd, which reads fstab again and looks at all that is in there."""
    healthy(machine)
    answering(machine, *[(32, "umount: target is busy.")] * 4)
    assert unmount(machine).changed
    assert 0.5 < machine.clock.now() < unmount_.BUSY_SECONDS


def test_who_uses_a_mount_for_a_moment_does_not_keep_it(machine):
    healthy(machine)
    machine.add_user(77, "ls", machine.path)
    meanwhile(machine, 1, lambda: machine.proc.remove(77))
    assert unmount(machine).changed


def test_a_mount_without_bricks_is_not_taken_from_under_those_who_use_it(machine):
    """Its client lives: the bricks may come back."""
    entry = healthy(machine, answers=DEAD)
    machine.add_user(77, "postgres", machine.path)
    for check in (True, False):
        with pytest.raises(MountError, match=r"is in use by postgres \(77\) and stays mounted"):
            unmount(machine, check=check)
    assert (machine.mounts, machine.killed) == ([entry], [])


@pytest.mark.parametrize("answers", [DEAD, HUNG])
def test_who_loses_what_a_replaced_mount_gave_him_is_named(machine, answers):
    entry = healthy(machine, answers=answers)
    machine.add_user(77, "postgres", machine.path)
    machine.bind(entry, f"{machine.parent}/bound", "/app")
    report = mount(machine, patience=0)
    assert report.healed
    assert machine.killed == ([entry.pid] if answers is HUNG else []), "a client that hangs frees nobody but by its end"
    assert f"was taken away from a bind of /app at {machine.parent}/bound, postgres (77)" in report.warnings[0]


def test_a_mount_that_hangs_under_its_users_gets_time_to_answer_before_it_is_taken_away(machine):
    entry = healthy(machine, answers=HUNG)
    machine.add_user(77, "postgres", machine.path)
    machine.at(44, lambda: setattr(entry, "answers", "healthy"))
    with pytest.raises(MountError, match=r"is in use by postgres \(77\)"):
        unmount(machine, patience=90)
    assert (machine.mounts, machine.killed) == ([entry], [])


@pytest.mark.parametrize("user", [True, False])
def test_a_mount_that_hangs_for_good_goes_and_its_users_are_named(machine, user):
    entry = healthy(machine, answers=HUNG)
    if user:
        machine.add_user(77, "postgres", machine.path)
    report = unmount(machine, patience=30)
    assert (machine.mounts, machine.killed) == ([], [entry.pid])
    assert (machine.clock.now() > 30) is user, "without users there is nothing to wait for"
    assert [text for text in report.warnings if "postgres (77)" in text] == list(report.warnings)
    assert len(report.warnings) == user


def test_a_client_that_seemed_to_hang_and_answers_while_its_mount_is_taken_away_is_not_killed(machine):
    """As on a machine that has more to do than it can. The look that was given up keeps the file system, so that the kernel cannot tell."""
    entry = healthy(machine, answers=HUNG)
    machine.looks_stay = True
    meanwhile(machine, inspect.LOOK_SECONDS + 3, lambda: machine.look_ends(entry))
    report = unmount(machine, patience=90)
    assert (report.changed, report.warnings, machine.killed, machine.mounts) == (True, (), [], [])


def test_who_cannot_be_seen_does_not_lose_a_client_that_seemed_to_hang(machine):
    entry = healthy(machine, answers=HUNG)
    machine.kept = {entry.id}
    report = unmount(machine)
    assert (report.changed, machine.killed) == (True, [])
    assert "was left alive, since its file system is in use by another mount namespace" in report.warnings[0]


@pytest.mark.parametrize("renew", [False, True])
def test_a_client_that_keeps_a_look_hanging_is_ended_only_where_another_shall_take_its_place(machine, renew):
    entry = healthy(machine, answers=HUNG)
    machine.looks_stay = True
    report = mount(machine, renew=True) if renew else unmount(machine)
    assert report.changed
    assert machine.killed == ([entry.pid] if renew else [])
    assert unmount_.HANGS_SECONDS <= machine.clock.now() - inspect.LOOK_SECONDS < unmount_.HANGS_SECONDS + 2
    if not renew:
        (warning,) = report.warnings
        assert f"(process {entry.pid}) was left alive, since it owes an answer" in warning


def test_every_mount_on_top_of_another_is_taken_away(machine):
    healthy(machine)
    machine.add_gluster()
    unmount(machine)
    assert machine.mounts == []


@pytest.mark.parametrize("act", [unmount, lambda machine: mount(machine, renew=True)])
def test_a_mount_that_was_bound_onto_itself_goes_as_one(machine, act):
    """As for containers: mount --bind /srv/web /srv/web, mount --make-shared /srv/web."""
    entry = healthy(machine)
    machine.bind(entry, machine.path)
    report = act(machine)
    assert [each.pid for each in machine.mounts] == ([report.observed.client.pid] if report.observed.client else [])
    assert (report.warnings, machine.clock.now() < 2) == ((), True)


def test_nothing_mounted_is_nothing_to_do(machine):
    report = unmount(machine)
    assert (report.changed, machine.ran) == (False, [])


def test_check_mode_unmounts_nothing(machine):
    entry = healthy(machine)
    assert unmount(machine, check=True).changed
    assert (machine.mounts, machine.ran) == ([entry], [])


def test_unmounting_leaves_something_else_alone(machine):
    machine.add_mount(fstype="ext4", source="/dev/sdb1")
    with pytest.raises(MountError, match="something else is mounted there: ext4 from /dev/sdb1; it is left alone"):
        unmount(machine)


def test_a_busy_mount_whose_users_cannot_be_seen_says_so(machine):
    healthy(machine)
    machine.add_user(77, "postgres", machine.path)
    (machine.proc.path / "77" / "comm").unlink()
    with pytest.raises(MountError, match="in use by another mount or a process of another namespace"):
        unmount(machine)


def test_a_user_that_ends_while_users_are_looked_for_is_no_crash(machine):
    healthy(machine)
    machine.add_user(77, "ls", machine.path)
    machine.add_user(78, "postgres", machine.path)
    (machine.proc.path / "77" / "comm").unlink()
    with pytest.raises(MountError, match=r"in use by postgres \(78\) and"):
        unmount(machine)


def answering(machine, *answers):
    """umount commands that end so, and do nothing."""
    left = list(answers)

    def run(argv, timeout):
        if os.path.basename(argv[0]) == "umount" and left:
            rc, stderr = left.pop(0)
            machine.ran.append(tuple(argv))
            return machine.ended(argv, rc, stderr=stderr)
        return machine.run(argv, timeout)

    machine.change(run=run)


def test_a_umount_that_hangs_is_followed_by_a_lazy_one(machine):
    healthy(machine)
    answering(machine, (None, ""))
    assert unmount(machine).changed
    assert machine.mounts == []
    assert [argv[1:] for argv in machine.ran if "umount" in argv[0]] == [(machine.path,), ("-l", machine.path)]


def test_a_mount_that_does_not_go_is_told_with_umounts_own_words(machine):
    healthy(machine)
    answering(machine, (1, "umount: only root can do that"))
    with pytest.raises(MountError, match="could not be unmounted: umount: only root can do that"):
        unmount(machine)


def test_a_mount_that_another_has_just_taken_away_is_no_error(machine):
    healthy(machine)

    def gone_meanwhile(argv, timeout):
        if os.path.basename(argv[0]) == "umount" and machine.mounts:
            machine.run(argv, timeout)
        return machine.run(argv, timeout)

    machine.change(run=gone_meanwhile)
    assert unmount(machine).changed


# -- where to mount


def test_a_mount_point_behind_a_symbolic_link_is_where_the_link_leads(machine):
    link = machine.parent / "link"
    link.symlink_to(machine.parent)
    assert inspect.locate(f"{link}/web", machine.node.host) == machine.path


@pytest.mark.parametrize("name", ["link", "other/web"], ids=["itself a link", "its parent a link"])
def test_a_hung_mount_behind_a_symbolic_link_is_found(machine, name):
    healthy(machine, answers=HUNG)
    (machine.parent / "link").symlink_to(machine.path)
    (machine.parent / "other").symlink_to(machine.parent)
    assert inspect.locate(f"{machine.parent}/{name}", machine.node.host) == machine.path
    with pytest.raises(MountError, match="no answer within 5 s: one on the way there"):
        inspect.locate(f"{machine.parent}/{name}/below", machine.node.host)


def test_a_dead_mount_is_found_without_touching_it(machine):
    dead(machine)
    assert inspect.locate(machine.path, machine.node.host) == machine.path
    inspect.check_place(machine.path, machine.node.host)
    assert machine.ran == []


def test_a_mount_point_below_a_hung_mount_names_that_mount(machine):
    healthy(machine, answers=HUNG)
    with pytest.raises(MountError, match=f"no answer within 5 s: {machine.path} .fuse.glusterfs from gfs1:/web"):
        inspect.locate(f"{machine.path}/below", machine.node.host)


def test_a_mount_point_that_hangs_where_no_mount_is_known_names_its_parent(machine):
    (machine.proc.path / "self" / "mountinfo").write_text("")
    machine.change(run=lambda argv, timeout: machine.ended(argv, None, seconds=timeout))
    with pytest.raises(MountError, match="no answer within 5 s: one on the way there"):
        inspect.locate(machine.path, machine.node.host)


def test_a_brick_is_no_mount_point(machine):
    machine.brick_paths = {machine.path}
    with pytest.raises(MountError, match="is a brick of a Gluster volume; mount on a directory outside the brick"):
        inspect.check_place(machine.path, machine.node.host)


def test_a_file_is_no_mount_point(machine):
    (machine.parent / "web").touch()
    with pytest.raises(MountError, match="is there and is no directory"):
        inspect.check_place(machine.path, machine.node.host)


def test_the_root_directory_is_no_mount_point(machine):
    with pytest.raises(MountError, match="is the root directory"):
        inspect.check_place("/", machine.node.host)


@pytest.mark.parametrize("before", [lambda _machine: None, healthy, dead], ids=["missing", "healthy", "dead"])
def test_a_directory_of_its_own_is_a_mount_point(machine, before):
    with contextlib.suppress(FileExistsError):
        before(machine)
    inspect.check_place(machine.path, machine.node.host)


# -- on top of a dead one


def test_a_dead_mount_is_covered_by_whoever_mounts_where_that_is_asked_for(machine):
    os.mkdir(machine.path)
    dead = machine.add_gluster(answers=DEAD)
    report = report_of(machine.spec(cover=True), machine.node)
    assert (report.changed, report.healed, report.server) == (True, True, "gfs1")
    assert [entry.path for entry in machine.mounts] == [machine.path, machine.path]
    assert machine.mounts[0] is dead
    assert report.observed.path == machine.path


@pytest.mark.parametrize(
    ("opts", "log"), [([], "/var/log/glusterfs/{}.log"), (["log-file=/srv/web.log"], "/srv/web.log")]
)
def test_a_mount_on_top_logs_where_one_at_its_place_would(machine, opts, log):
    os.mkdir(machine.path)
    machine.add_gluster(answers=DEAD)
    report_of(machine.spec(opts, cover=True), machine.node)
    (argv,) = machine.started()
    assert f"--log-file={log.format(client.file_name(machine.path))}" in argv


def test_a_mount_on_top_takes_no_longer_than_any_other(machine):
    os.mkdir(machine.path)
    machine.add_gluster(answers=HUNG)
    machine.says = dict.fromkeys(("gfs1", "gfs2", "gfs3"), REFUSED)
    with pytest.raises(MountError):
        report_of(machine.spec(cover=True), machine.node)
    assert machine.clock.now() < 120 + SLACK


def test_the_place_where_a_mount_on_top_is_proven_is_gone_and_was_never_guarded(machine):
    os.mkdir(machine.path)
    machine.add_gluster(answers=DEAD)
    report_of(machine.spec(cover=True, guard=True), machine.node)
    place = f"{os.path.dirname(machine.node.host.lock_directory)}{client.COVERING}"
    assert ("umount", "-l", f"{place}{machine.path}") in [
        (os.path.basename(argv[0]), *argv[1:]) for argv in machine.ran
    ]
    assert not os.path.lexists(place)
    assert not [path for path in machine.guarded if path != machine.path]


def test_what_belongs_to_a_mount_on_top_fails_and_the_dead_one_is_there_as_before(machine):
    os.mkdir(machine.path)
    dead = machine.add_gluster(answers=DEAD)

    with pytest.raises(OSError, match="fstab"), mounting.mount(machine.spec(cover=True), machine.node):
        raise OSError("the fstab is not writable")
    assert machine.mounts == [dead]
    assert len(machine.started()) == 1


def test_a_mount_on_top_that_does_not_answer_is_taken_away_again_and_the_dead_one_is_there_as_before(machine):
    os.mkdir(machine.path)
    dead = machine.add_gluster(answers=DEAD)
    run = machine.node.host.run

    def dies_when_bound(argv, timeout):
        done = run(argv, timeout)
        if "--bind" in argv:
            machine.top(machine.path).answers = DEAD
        return done

    machine.change(run=dies_when_bound)
    with pytest.raises(MountError, match="the new mount, on top of the dead one, does not answer"):
        report_of(machine.spec(cover=True), machine.node)
    assert machine.mounts == [dead]


def test_a_mount_that_lives_is_not_covered(machine):
    os.mkdir(machine.path)
    machine.add_gluster()
    assert not report_of(machine.spec(cover=True), machine.node).changed
    assert len(machine.mounts) == 1


# -- what others do on the way to a mount


def test_what_hangs_on_the_way_to_a_mount_is_no_fault_of_the_mount(machine):
    entry = machine.add_gluster()
    run = machine.node.host.run
    machine.change(run=lambda argv, timeout: machine.ended(argv, None) if "-c" in argv else run(argv, timeout))
    with pytest.raises(model.MountError, match="the way there gives no answer"):
        inspect.inspect(machine.path, machine.node.host)
    with pytest.raises(model.MountError, match="the way there gives no answer"):
        report_of(machine.spec(), machine.node)
    assert (machine.mounts, machine.killed) == ([entry], [])


def test_a_mount_that_its_path_does_not_lead_to_is_not_judged_by_what_is_there(machine):
    entry = machine.add_gluster()
    machine.parent.joinpath("web").mkdir()
    run = machine.node.host.run

    def elsewhere(argv, timeout):
        done = run(argv, timeout)
        return done._replace(stdout=done.stdout.replace(f"('reach', 0, {entry.id})", "('reach', 0, 999)"))

    machine.change(run=elsewhere)
    with pytest.raises(model.MountError, match="leads to another mount"):
        inspect.inspect(machine.path, machine.node.host)


def test_nothing_is_mounted_through_a_link_that_is_the_mount_point(machine):
    machine.parent.joinpath("real").mkdir()
    machine.parent.joinpath("web").symlink_to("real")
    run = machine.node.host.run

    def told(argv, timeout):
        done = run(argv, timeout)
        return done._replace(stdout=done.stdout + "('link', 0, ('', True))\n") if argv[-2] == "place" else done

    machine.change(run=told)
    with pytest.raises(model.LinkRefused, match=f"web is a symbolic link, .* leads to {machine.parent}/real"):
        inspect.locate(machine.path, machine.node.host)
    assert inspect.locate(machine.path, machine.node.host, follow=True) == f"{machine.parent}/real"


def test_a_mount_that_a_link_has_led_elsewhere_is_taken_away_there(machine):
    """Put there after the path was looked at, by who can."""

    def elsewhere(machine, argv, _timeout):
        machine.add_gluster(argv).path = f"{machine.parent}/victim"
        machine._write_mountinfo()
        return machine.ended(argv, 0)

    machine.starts = [elsewhere] * 50
    with pytest.raises(MountError):
        report_of(machine.spec(timeout_total=10.0), machine.node)
    assert (machine.mounts, machine.left()) == ([], [])


def test_the_directory_above_is_sealed_once_the_mount_is_proven_and_a_warning_says_where_it_is_not(machine):
    sealed = []
    machine.change(seal=lambda path: sealed.append(path) or Guard(False, "it holds more"))
    assert report_of(machine.spec(), machine.node).warnings == ()
    unmount_.unmount(machine.path, machine.node, timeout=9.0)
    machine.starts = [exits(1)] * 50
    with pytest.raises(MountError):
        report_of(machine.spec(seal=True, timeout_total=5.0), machine.node)
    assert sealed == []
    machine.starts = []
    (warning,) = report_of(machine.spec(seal=True), machine.node).warnings
    assert "it holds more, so others can put something beside" in warning
    assert sealed == [machine.path]


def test_what_was_sealed_for_a_mount_is_open_again_where_the_mount_is_undone(machine):
    sealed = []
    machine.change(seal=lambda path: machine.guarded.add(os.path.dirname(path)) or sealed.append(path) or Guard(True))
    with pytest.raises(OSError, match="fstab"), mounting.mount(machine.spec(seal=True), machine.node):
        raise OSError("the fstab is not writable")
    assert (sealed, machine.left()) == ([machine.path], [])
