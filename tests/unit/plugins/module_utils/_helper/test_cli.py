# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""gluster-failover as its user sees it: status, heal and why, on a machine that is not there."""

from __future__ import annotations

import json
import os
import re

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import client
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._helper import cli
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import lock, signals
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.strand import GivenUp
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.systemd import mount_unit
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import unmount
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_systemd import SystemdMachine
from ansible_collections.evenkeel.glusterfs.tests.unit.fakes import FakeStrands
from ansible_collections.evenkeel.glusterfs.tests.unit.machine import (
    DEAD,
    HUNG,
    REFUSED,
    exits,
    interrupted_by,
    mounts_but,
    report_of,
)

ALL_DEAD = {"gfs1": REFUSED, "gfs2": REFUSED, "gfs3": REFUSED}


@pytest.fixture
def machine(tmp_path):
    return SystemdMachine(tmp_path)


@pytest.fixture
def call(machine, tmp_path):
    """call(arguments, opts=): run the command on the fstab; its exit code and its output."""

    def run(*argv, opts=None):
        lines = []
        code = cli.main(
            ["--fstab", machine.fstab(tmp_path, opts), *argv], machine.node, lines.append, FakeStrands(machine.clock)
        )
        return code, "\n".join(lines)

    return run


def table(text):
    """What is shown of each mount, a tuple of its cells or of a note below it, without the head."""
    head, *lines = text.splitlines()
    assert head.split() == ["MOUNT", "STATE", "VOLUME", "SERVER", "BRICKS"]
    return [tuple(re.split(" {2,}", line)) for line in lines]


def mounted(machine, **more):
    os.mkdir(machine.path)
    return machine.add_gluster(**more)


# -- status


def test_a_healthy_mount_is_told_with_its_server_and_bricks(machine, call):
    mounted(machine)
    code, text = call("status")
    assert (code, table(text)) == (0, [(machine.path, "healthy", "web", "gfs1", "3/3")])


@pytest.mark.parametrize(
    ("down", "state"),
    [({"gfs3"}, "degraded"), ({"gfs3", "gfs2"}, "read-only")],
)
def test_a_mount_that_lacks_bricks_is_told_as_such_and_is_no_fault_of_the_mount(machine, call, down, state):
    mounted(machine)
    machine.down = down
    code, text = call("status", "--json")
    (row,) = json.loads(text)
    assert (code, row["state"], row["server"]) == (0, state, "gfs1")
    assert len(row["bricks"]) == 3


def test_a_bind_of_a_mount_is_listed_as_one_and_fails_nothing(machine, call):
    entry = mounted(machine)
    machine.bind(entry, f"{machine.parent}/app", "/app")
    code, text = call("status")
    assert (code, table(text)[0]) == (0, (f"{machine.parent}/app", "bind", "web", "-", "-"))
    assert table(text)[1] == ("", f"a bind of {machine.path}/app")
    machine.mounts.remove(entry)
    machine.add_gluster()
    code, text = call("status")
    assert (code, table(text)[1]) == (0, ("", "a bind of what is not mounted any more"))


def test_a_bind_where_the_fstab_wants_a_mount_is_left_alone_by_healing_and_is_no_mount(machine, call):
    os.mkdir(machine.path)
    elsewhere = f"{machine.parent}/all"
    entry = machine.add_gluster(("/usr/sbin/glusterfs", "--volfile-server=gfs1", "--volfile-id=/web", elsewhere))
    machine.bind(entry, machine.path, "/app")
    assert call("status", machine.path)[0] == 1
    code, text = call("heal")
    assert (code, f"something else is mounted there: a bind of {elsewhere}/app" in text) == (1, True), text
    assert (machine.killed, len(machine.mounts)) == ([], 2)


@pytest.mark.parametrize("state", [DEAD, HUNG])
def test_a_mount_that_does_not_answer_fails_the_command(machine, call, state):
    mounted(machine, answers=state)
    code, text = call("status")
    assert code == 1
    assert f"  {state}  " in text


def test_a_missing_mount_fails_the_command_unless_it_waits_to_be_used(machine, call):
    code, text = call("status")
    assert (code, table(text)[0]) == (1, (machine.path, "absent", "-", "-", "-"))
    assert f"what to do: gluster-failover heal {machine.path}" in text
    assert call("status", opts="noauto")[0] == 0
    assert call("status", opts="x-systemd.automount")[0] == 0


def test_a_mount_that_fstab_does_not_know_is_told_too(machine, call):
    other = str(machine.parent / "other")
    machine.add_gluster(("/usr/sbin/glusterfs", "--volfile-server=gfs2", "--volfile-id=web", other))
    assert (other, "healthy", "web", "gfs2", "3/3") in table(call("status")[1])
    assert call("status", other)[0] == 0


def test_a_terminal_gets_colours_and_no_name_of_a_mount_is_one(machine, tmp_path, capsys):
    mounted(machine, answers=DEAD)
    odd = f"{machine.parent}/a\x1b[32mb"
    machine.add_gluster(("/usr/sbin/glusterfs", "--volfile-server=gfs1", "--volfile-id=/web", odd))
    assert cli.main(["--fstab", machine.fstab(tmp_path), "status"], machine.node, colours=True) == 1
    head, dead, _todo, healthy, *_more = capsys.readouterr().out.splitlines()
    assert head.startswith("\x1b[1mMOUNT ")
    assert dead.startswith(machine.path)
    assert "  \x1b[31mdead" in dead
    assert healthy.startswith(odd.replace("\x1b", r"\x1b"))
    assert "  \x1b[32mhealthy\x1b[0m" in healthy


# -- heal


def test_what_is_healthy_is_left_alone_without_a_word(machine, call):
    mounted(machine)
    assert call("heal") == (0, "")
    assert machine.ran == []
    assert machine.asked == [("10.0.0.1", "web")], "its own server, once"


@pytest.mark.parametrize("state", [DEAD, HUNG])
def test_a_mount_that_died_is_mounted_again_by_its_unit(machine, call, state):
    mounted(machine, answers=state)
    machine.late = 3
    assert call("heal") == (0, f"{machine.path}: was {state}, is healthy")
    assert machine.started_units == [machine.unit], "the client lives in the unit of its mount"
    assert not [argv for argv in machine.ran if "systemd-run" in argv[0]]


@pytest.mark.parametrize("state", [DEAD, HUNG])
def test_a_client_that_answers_again_by_itself_keeps_its_open_files(machine, call, state):
    entry = mounted(machine, answers=state)
    machine.at(60, lambda: setattr(entry, "answers", "healthy"))
    assert call("heal") == (0, f"{machine.path}: was {state}, is healthy")
    assert machine.top(machine.path) is entry
    assert (machine.ran, machine.killed) == ([], [])


def test_a_client_that_does_not_is_replaced_when_patience_is_over(machine, call):
    mounted(machine, answers=HUNG)
    assert call("heal", "--patience", "300")[0] == 0
    assert machine.clock.now() > 300
    assert machine.started_units == [machine.unit]


def test_a_client_that_is_gone_is_replaced_at_once(machine, call):
    machine.client_dies(mounted(machine))
    assert call("heal") == (0, f"{machine.path}: was dead, is healthy")
    assert machine.clock.now() < 5


@pytest.mark.parametrize("seconds", ["nan", "-1", "1e9", "soon"])
def test_a_patience_that_is_no_number_of_seconds_is_refused(call, seconds, capsys):
    with pytest.raises(SystemExit, match="2"):
        call("heal", f"--patience={seconds}")
    assert "must be a number of seconds, as in 120" in capsys.readouterr().err


def test_what_an_administrator_has_unmounted_stays_so_until_somebody_asks_for_it(machine, call):
    machine.units[machine.unit]["ActiveEnterTimestampMonotonic"] = "77"
    code, text = call("heal")
    assert code == 1
    assert text == (
        f"{machine.path}: absent: somebody has unmounted it, so it is left so; gluster-failover heal {machine.path} mounts it"
    )
    assert machine.ran == []
    assert call("heal", machine.path) == (0, f"{machine.path}: was absent, is healthy")


def test_what_healing_took_away_and_got_no_further_with_is_mounted_by_the_next_run(machine, call):
    machine.client_dies(mounted(machine))
    machine.units[machine.unit]["ActiveEnterTimestampMonotonic"] = "77"
    machine.dies_at("systemctl")
    with pytest.raises(KeyboardInterrupt):
        call("heal")
    assert machine.top(machine.path) is None
    assert call("heal") == (0, f"{machine.path}: was absent, is healthy")
    machine.node.host.run(["umount", machine.path], 1)
    assert "somebody has unmounted it" in call("heal")[1], "that was long ago"


def test_a_mount_that_went_with_a_dead_one_above_it_which_somebody_else_replaced_is_mounted_again(machine, call):
    machine.add_gluster(
        ("/usr/sbin/glusterfs", "--volfile-server=gfs1", "--volfile-id=web", above := str(machine.parent))
    )
    mounted(machine)
    machine.client_dies(machine.top(above))
    report_of(machine.spec(path=above), machine.node)
    assert machine.top(machine.path) is None
    machine.units[machine.unit]["ActiveEnterTimestampMonotonic"] = "77"
    assert call("heal") == (0, f"{machine.path}: was absent, is healthy")


def test_who_loses_what_by_healing_is_told(machine, call):
    entry = mounted(machine, answers=HUNG)
    machine.add_user(77, "postgres", machine.path)
    code, text = call("heal", "--patience", "0")
    assert (code, machine.killed) == (0, [entry.pid])
    assert (
        f"{machine.path} gave no answer and was taken away from postgres (77); what they have open there is lost"
        in text
    )


def test_what_somebody_unmounts_while_it_is_dead_stays_unmounted(machine, call):
    machine.client_dies(mounted(machine))
    unmount.unmount(machine.path, machine.node, timeout=10)
    machine.units[machine.unit]["ActiveEnterTimestampMonotonic"] = "77"
    assert "somebody has unmounted it" in call("heal")[1]


@pytest.mark.parametrize("state", ["healthy", DEAD])
def test_a_path_too_long_for_a_unit_heals_without_one(machine, call, state):
    machine.path = f"{machine.path}/{'д' * 60}"
    os.mkdir(os.path.dirname(machine.path))
    mounted(machine, answers=state)
    told = "" if state == "healthy" else f"{machine.path}: was dead, is healthy"
    assert call("heal") == (0, told)
    assert call("wake", machine.path) == (0, "")


def test_a_mount_that_failed_at_boot_is_made_and_the_services_that_waited_are_started(machine, call):
    machine.service("app.service")
    machine.service("stopped.service", ConditionTimestampMonotonic="77")
    machine.service("running.service", ActiveState="active")
    machine.service("starting.service", Job="12")
    machine.service("disabled.service", WantedBy="")
    code, text = call("heal")
    assert code == 0
    assert text == (
        f"{machine.path}: was absent, is healthy\n{machine.path}: app.service, which had waited for it, is started"
    )
    assert machine.started_units == [machine.unit, "app.service"]


def test_a_mount_that_came_late_wakes_what_waited_for_it(machine, call):
    mounted(machine)
    machine.service("app.service")
    assert call("wake", machine.path) == (0, f"{machine.path}: app.service, which had waited for it, is started")
    assert machine.started_units == ["app.service"]
    machine.change(systemd=False)
    assert call("wake", machine.path) == (0, "")


def test_a_service_that_waits_for_a_mount_that_came_otherwise_is_started_too(machine, call):
    mounted(machine)
    machine.service("app.service")
    assert call("heal")[0] == 0
    assert machine.started_units == ["app.service"]


def test_while_no_server_serves_a_dead_mount_stays_as_a_guard(machine, call):
    mounted(machine, answers=DEAD)
    machine.says = ALL_DEAD
    code, text = call("heal")
    assert code == 1
    assert "dead: no server serves it now, so it is left as it is:" in text
    assert "gfs2: connect: refused" in text
    assert machine.top(machine.path) is not None
    assert machine.ran == []


def test_a_mount_that_no_server_serves_any_more_when_patience_is_over_stays_as_a_guard(machine, call):
    entry = mounted(machine, answers=HUNG)
    machine.at(60, lambda: setattr(machine, "says", ALL_DEAD))
    code, text = call("heal")
    assert code == 1
    assert "hung: no server serves it now, so it is left as it is:" in text
    assert machine.top(machine.path) is entry
    assert (machine.ran, machine.killed) == ([], [])


@pytest.mark.parametrize("opts", ["noauto", "x-systemd.automount"])
def test_what_is_not_mounted_at_boot_is_mounted_only_for_who_asks_for_it(machine, call, opts):
    assert call("heal", opts=opts) == (0, "")
    assert machine.started() == []
    assert call("heal", machine.path, opts=opts) == (0, f"{machine.path}: was absent, is healthy")


def test_services_that_need_a_service_that_waited_are_started_too(machine, call):
    machine.service("app.service", WantedBy="", RequiredBy="front.service stopped.service")
    machine.service("front.service", needs="app.service")
    machine.service("stopped.service", needs="app.service", ConditionTimestampMonotonic="77")
    machine.service("bound.service", needs=None)
    machine.units[machine.unit]["BoundBy"] = "bound.service"
    assert call("heal")[0] == 0
    assert machine.started_units == [machine.unit, "bound.service", "front.service"]


def test_a_unit_that_fails_is_told_with_where_to_read_more(machine, call):
    machine.starts = [exits(1)] * 99
    machine.line = (machine.line[0], "order=listed,timeout-total=2")
    code, text = call("heal")
    assert code == 1
    assert f"Job failed. (journalctl -u {machine.unit} tells every try)" in text


def test_a_line_that_systemd_has_not_read_is_mounted_in_a_scope(machine, call):
    del machine.units[machine.unit]
    assert call("heal") == (0, f"{machine.path}: was absent, is healthy")
    assert [argv for argv in machine.ran if "systemd-run" in argv[0]], "it must not end with the timer's service"


def test_without_systemd_it_is_mounted_directly(machine, call):
    machine.change(systemd=False)
    assert call("heal")[0] == 0
    machine.client_dies(machine.top(machine.path))
    machine.starts = [mounts_but(answers=HUNG)] * 99
    code, text = call("heal", opts="timeout-total=2")
    assert code == 1
    assert "could not be mounted" in text


def test_another_file_system_there_is_left_alone(machine, call):
    os.mkdir(machine.path)
    machine.add_mount(fstype="ext4", source="/dev/sdb1")
    code, text = call("heal")
    assert code == 1
    assert "something else is mounted there: ext4 from /dev/sdb1" in text


def test_a_mount_that_another_run_is_making_is_left_to_it(machine, call):
    mounted(machine, answers=HUNG)
    name = machine.path.strip("/").replace("/", "-")
    with lock.hold(f"{machine.node.host.lock_directory}/{name}.lock", 1, machine.clock):
        code, text = call("heal")
    assert code == 1
    assert "another run is at work on this mount point" in text
    assert machine.ran == []


def test_a_place_that_cannot_be_looked_at_does_not_keep_the_others_from_healing(machine, call):
    machine.add_mount(path=str(machine.parent), answers=HUNG)
    code, text = call("heal")
    assert code == 1
    assert "lies on a mount that gives no answer" in text


def test_a_mount_below_one_that_hangs_is_left_to_the_next_run_and_nothing_below_is_touched(machine, call):
    machine.client_dies(mounted(machine))
    machine.add_mount(path=str(machine.parent), answers=HUNG)
    machine.change(read_guard=None)
    code, text = call("heal")
    assert (code, machine.ran) == (1, [])
    assert f"{machine.path} lies on a mount that gives no answer" in text
    assert call("why", machine.path)[0] == 0


def test_what_lies_on_another_mount_is_healed_after_it_in_the_same_run(machine, tmp_path):
    machine.change(systemd=False)
    path, lines, strands = tmp_path / "fstab", [], FakeStrands(machine.clock)
    text = "".join(
        f"gfs1:/web {mount} glusterfs_failover order=listed,noguard 0 0\n"
        for mount in (f"{machine.path}/a/b", f"{machine.path}-other", f"{machine.path}/a", machine.path)
    )
    path.write_text(text)
    assert cli.main(["--fstab", str(path), "heal"], machine.node, lines.append, strands) == 0
    order = [entry.path for entry in machine.mounts]
    assert sorted(order) == sorted(strands.order)
    assert order.index(machine.path) < order.index(f"{machine.path}/a") < order.index(f"{machine.path}/a/b")
    assert all("was absent, is healthy" in line for line in lines)


class Stuck(FakeStrands):
    """Strands of which none ends."""

    def each(self, jobs):
        yield from ((job.key, GivenUp("its time was over")) for job in jobs)


def test_healing_that_never_ends_does_not_keep_the_timer_waiting(machine, tmp_path):
    lines = []
    argv = ["--fstab", machine.fstab(tmp_path), "heal"]
    assert cli.main(argv, machine.node, lines.append, Stuck(machine.clock)) == 1
    assert lines == [f"{machine.path}: healing it did not end in time"]


def test_a_stop_of_the_timers_service_is_told_and_leaves_nothing(machine, call):
    machine.change(systemd=False)
    machine.starts = [interrupted_by(signals.Interrupted("SIGTERM"))]
    code, text = call("heal")
    assert code == 1
    assert "interrupted by SIGTERM" in text
    assert machine.left() == []


def test_a_path_that_fstab_does_not_know_is_an_error(call):
    assert call("heal", "/mnt") == (2, "/mnt: the fstab has no line of type glusterfs_failover for it")
    assert call("why", "/mnt")[0] == 2


# -- why


def test_why_tells_order_tries_and_the_server_that_would_be_used(machine, call):
    machine.says = {"gfs1": REFUSED}
    code, text = call("why", machine.path)
    assert code == 0
    lines = text.splitlines()
    assert lines[:2] == ["now: absent", "order: gfs1, gfs2, gfs3"]
    assert lines[2].startswith("  gfs1: connect: refused after")
    assert lines[-1] == "a mount would use gfs2"
    assert machine.left() == [], "nothing is mounted by asking"


def test_why_says_that_a_random_order_is_drawn_anew_and_which_server_is_in_use(machine, call):
    mounted(machine)
    _code, text = call("why", machine.path, opts="defaults")
    assert text.startswith("now: healthy, by gfs1\n")
    assert "(drawn anew for each mount)" in text


def test_why_tells_which_brick_a_mount_would_not_wait_for(machine, call):
    machine.silent = {"gfs3"}
    code, text = call("why", machine.path)
    assert code == 0
    why = "the glusterd of its host answered none of 4 connections in 1.0 s"
    assert f"  gfs3:/bricks/web: {why}; a mount would not wait for it" in text.splitlines()
    assert machine.destroyed == [], "nobody is disconnected by asking"


def test_why_tells_when_the_bricks_are_down(machine, call):
    machine.down = {"gfs1", "gfs2", "gfs3"}
    code, text = call("why", machine.path)
    assert code == 1
    assert "bricks: bricks down" in text
    assert text.endswith("no server would serve a mount")


# -- the file


def test_a_line_that_cannot_be_read_is_told_by_its_number(machine, call):
    assert "line 2 of the fstab: option 'bogus' is not one" in call("status", opts="bogus")[1]


def test_a_line_that_cannot_be_read_fails_healing_as_its_mount_is_not_there(machine, call):
    assert call("heal", opts="bogus")[0] == 1


def test_a_missing_fstab_is_told(machine, tmp_path):
    lines = []
    assert cli.main(["--fstab", str(tmp_path / "none"), "status"], machine.node, lines.append) == 2
    assert "No such file" in lines[0]


# -- heal on top


COVER = "order=listed,x-failover.cover"


@pytest.mark.parametrize("state", [DEAD, HUNG])
def test_a_dead_mount_that_containers_have_bound_is_covered_and_not_taken_away(machine, call, state):
    below = mounted(machine, answers=state)
    if state == DEAD:
        machine.client_dies(below)
    assert call("heal", opts=COVER) == (0, f"{machine.path}: was {state}, is healthy")
    assert [entry.path for entry in machine.mounts] == [machine.path, machine.path], (
        "nothing is left where it was proven"
    )
    assert machine.mounts[0] is below
    assert machine.killed == ([below.pid] if state == HUNG else []), "a look at what hangs would hang"
    assert table(call("status", opts=COVER)[1]) == [(machine.path, "healthy", "web", "gfs1", "3/3")]
    assert not any(argv[:2] == ("/usr/sbin/umount", machine.path) for argv in machine.ran)


def test_a_client_without_bricks_lives_on_below_the_mount_that_covers_its_own(machine, call):
    """Who has bound its mount elsewhere, or has files open there, gets an answer when it comes back to its bricks."""
    below = mounted(machine, answers=DEAD)
    code, text = call("heal", opts=COVER)
    assert (code, machine.killed, machine.mounts[0]) == (0, [], below)
    assert f"{machine.path}: was dead, is healthy" in text
    assert f"its client (process {below.pid}) with it, for those who have it open" in text
    below.answers = "healthy"
    assert table(call("status", opts=COVER)[1]) == [(machine.path, "healthy", "web", "gfs1", "3/3")]


def test_the_client_of_a_mount_that_covers_another_is_stopped_after_the_mount_at_shutdown(machine, call):
    mounted(machine, answers=DEAD)
    call("heal", opts=COVER)
    (scope,) = [argv for argv in machine.ran if "systemd-run" in argv[0]]
    assert f"--property=Before={mount_unit(machine.path)}" in scope


def test_a_mount_that_cannot_be_put_on_top_leaves_nothing_and_is_told(machine, call):
    dead = mounted(machine, answers=DEAD)
    machine.unbindable = True
    code, text = call("heal", opts=COVER)
    assert code == 1
    assert "could not be put on top of the dead one" in text
    assert [entry.answers for entry in machine.mounts] == [DEAD]
    assert len(machine.started()) == 1
    assert [name for name in os.listdir(machine.proc.root) if name.isdigit()] == [str(dead.pid)]


def test_what_an_interrupted_cover_left_is_taken_away_by_the_next(machine, call, tmp_path):
    mounted(machine, answers=DEAD)
    place = f"{tmp_path}{client.COVERING}{machine.path}"
    os.makedirs(place)
    machine.add_gluster(("/usr/sbin/glusterfs", "--volfile-server=gfs1", "--volfile-id=/web", place))
    assert call("heal", opts=COVER)[0] == 0
    assert {entry.path for entry in machine.mounts} == {machine.path}
    assert not os.path.exists(f"{tmp_path}{client.COVERING}")


def test_a_mount_that_is_not_there_is_made_by_its_unit_also_where_dead_ones_are_covered(machine, call):
    assert call("heal", opts=COVER) == (0, f"{machine.path}: was absent, is healthy")
    assert not any("--bind" in argv for argv in machine.ran)


def test_unmounting_takes_away_what_is_covered_too(machine, call):
    mounted(machine, answers=DEAD)
    call("heal", opts=COVER)
    unmount.unmount(machine.path, machine.node, timeout=5)
    assert machine.mounts == []


# -- what others have named


def test_no_name_of_a_mount_makes_a_row_of_its_own_or_a_terminal_do_something(machine, call, capsys):
    mounted(machine)
    odd = f"{machine.parent}/a\x1b[2J\n/srv/other  healthy\u202e\udcff"
    machine.add_gluster(("/usr/sbin/glusterfs", "--volfile-server=gfs1", "--volfile-id=/web", odd))
    code, text = call("status")
    assert (code, len(table(text))) == (0, 2)
    assert text.isprintable() or all(line.isprintable() for line in text.splitlines())
    assert r"/a\x1b[2J\n/srv/other  healthy\u202e\udcff  healthy  web" in text
    cli._to_stdout("one\n\x1b[2Jtwo \udcff")
    assert capsys.readouterr().out == "one\n\\x1b[2Jtwo \\udcff\n"


def test_a_mount_that_shows_nonsense_is_told_as_such_and_no_other_is_worse_for_it(machine, call):
    mounted(machine, volfile="\x1b[2J")
    code, text = call("status")
    assert code == 0
    assert table(text)[0] == (machine.path, "degraded", "web", "gfs1", "-")
    assert re.fullmatch(r"what it shows .* no volfile: .*", table(text)[1][1])


def test_a_line_of_the_kernels_table_that_cannot_be_read_is_named(machine, call):
    mounted(machine)
    with open(f"{machine.proc.root}/self/mountinfo", "a") as table:
        table.write("nonsense \x1b\n")
    code, text = call("status")
    assert (code, text.splitlines()[2]) == (
        0,
        rf"{machine.proc.root}/self/mountinfo has a line that is none: nonsense \x1b",
    )
    json.loads(call("status", "--json")[1])
