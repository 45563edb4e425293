# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a container does: mount and prove where nobody sees it, move it into place, stay, and leave with a clear code."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import socket

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._container import contained_mount, entrypoint
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import client
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._helper import exit_codes
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import signals
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.immutable import Guard
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import model
from ansible_collections.evenkeel.glusterfs.tests.unit import machine as fake
from ansible_collections.evenkeel.glusterfs.tests.unit.machine import FakeMachine

SOURCE = "gfs1,gfs2,gfs3:/web"


class Container:
    """A container on the fake machine: the host's /srv is shared with it, its staging folder is a mount of its own."""

    def __init__(self, tmp_path, shared=True):
        self.machine = FakeMachine(tmp_path)
        self.root = str(tmp_path / "host")
        self.target = f"{self.root}/srv/web"
        os.makedirs(self.target)
        self.staging = str(tmp_path / "mounts")
        if shared:
            self.machine.add_mount(path=f"{self.root}/srv", fstype="ext4")
        self.machine.add_mount(path=self.staging, fstype="tmpfs")
        self.moves = []
        self.kernel_is_old = False
        self.notified = []
        self.said = []
        self.entry = entrypoint.Machine(
            self.machine.node,
            contained_mount.Tools(self.move, set_guard=lambda _path: Guard(True), staging=self.staging),
            self.notified.append,
            random.Random(1),
        )
        self.report = str(tmp_path / "report.json")
        self.when_it_sleeps(lambda: None)

    def when_it_sleeps(self, do):
        """Done at each wait of the entry point, whose end is that of the test."""
        sleep = self.machine.clock.sleep

        def slept(seconds):
            sleep(seconds)
            if self.notified:
                do()

        self.machine.change(clock=type("Clock", (), {"now": self.machine.clock.now, "sleep": staticmethod(slept)})())
        self.entry = self.entry._replace(node=self.machine.node)

    def move(self, source, target, flags):
        if flags and self.kernel_is_old:
            raise OSError(errno.EINVAL, "Invalid argument")
        moved = self.machine.top(source)
        self.moves.append((source, target, flags))
        self.machine.mounts.remove(moved)
        moved.path = target
        on_top = self.machine.top(target)
        self.machine.mounts.insert(self.machine.mounts.index(on_top) if flags else len(self.machine.mounts), moved)
        self.machine._write_mountinfo()

    def client(self):
        return next(each for each in self.machine.mounts if each.fstype == "fuse.glusterfs")

    def dies(self):
        if self.machine._alive(self.client().pid):
            self.machine.client_dies(self.client())

    def unmounted(self):
        mount = self.machine.top(self.target)
        if mount:
            self.machine.mounts.remove(mount)
            self.machine._write_mountinfo()
            self.machine.client_dies(mount)

    def mount(self, *words, path="/srv/web"):
        argv = ["mount", f"--root={self.root}", f"--report={self.report}", *words, "-o", "order=listed", SOURCE, path]
        return entrypoint.main(argv, self.entry, self.said.append)

    def told(self):
        with open(self.report, encoding="utf-8") as file:
            return json.load(file)


@pytest.fixture
def container(tmp_path):
    return Container(tmp_path)


def test_a_mount_that_somebody_takes_away_ends_it_well(container):
    container.when_it_sleeps(container.unmounted)
    assert container.mount() == exit_codes.OK
    told = container.told()
    assert told["ok"]
    assert (told["server"], told["mount"]["state"], told["guard"], told["taken_over"]) == ("gfs1", "healthy", True, "")
    assert container.moves == [(f"{container.staging}/srv/web", container.target, 0)]
    assert "READY=1" in container.notified[0]


def test_a_host_that_can_be_seen_to_have_another_mount_namespace_gets_the_mount_all_the_same(container):
    """A privileged container, or a service of the host with the image as its root, sees that; it mounts for itself and moves the mount over."""
    container.machine.leave_the_host("master:1")
    container.when_it_sleeps(container.unmounted)
    assert container.mount() == exit_codes.OK
    assert container.moves == [(f"{container.staging}/srv/web", container.target, 0)]


def test_the_client_logs_under_the_name_of_the_hosts_mount_point(container):
    container.when_it_sleeps(container.unmounted)
    container.mount()
    (argv,) = container.machine.started()
    assert "--log-file=/var/log/glusterfs/srv-web.log" in argv


def test_a_log_file_of_the_users_own_is_kept_and_named_and_its_folder_made(container, tmp_path):
    log = tmp_path / "gone" / "mine.log"
    container.when_it_sleeps(container.dies)
    container.mount("-o", f"log-file={log}")
    assert f"--log-file={log}" in container.machine.started()[0]
    assert container.said[-1] == f"/srv/web: the client has died, see its log {log}"
    assert log.parent.is_dir()


def test_a_client_that_dies_is_an_end_that_systemd_answers_by_a_new_start(container):
    container.when_it_sleeps(container.dies)
    assert container.mount() == exit_codes.DIED
    assert "the client has died" in container.said[-1]


def test_asked_to_end_it_takes_the_mount_away(container):
    container.when_it_sleeps(lambda: signal.raise_signal(signal.SIGTERM))
    assert container.mount() == exit_codes.OK
    assert container.machine.top(container.target) is None
    assert not container.machine.killed


def test_asked_to_end_while_the_mount_is_in_use_it_goes_all_the_same(container):
    container.machine.add_user(77, "writer", container.target)
    container.when_it_sleeps(lambda: signal.raise_signal(signal.SIGTERM))
    assert container.mount() == exit_codes.OK
    assert container.machine.top(container.target) is None
    assert container.machine.killed


def test_asked_to_end_when_the_client_was_faster_the_dead_mount_goes(container):
    def end():
        if container.machine._alive(container.client().pid):
            container.dies()
            return
        signal.raise_signal(signal.SIGTERM)

    container.when_it_sleeps(end)
    assert container.mount() == exit_codes.OK
    assert container.machine.top(container.target) is None


@pytest.mark.parametrize(("old", "how", "flags"), [(False, "beneath", [0x200]), (True, "gap", [0])])
def test_a_mount_that_lives_is_taken_over(container, old, how, flags):
    container.kernel_is_old = old
    before = container.machine.add_gluster(
        ("/usr/sbin/glusterfs", "--volfile-server=gfs2", "--volfile-id=web", container.target)
    )
    container.when_it_sleeps(container.unmounted)
    assert container.mount() == exit_codes.OK
    assert container.told()["taken_over"] == how
    assert [move[2] for move in container.moves] == flags
    assert before not in container.machine.mounts


def test_a_dead_mount_is_replaced_once_a_new_one_is_proven(container):
    container.machine.add_mount(path=container.target, answers=fake.DEAD)
    container.when_it_sleeps(container.unmounted)
    assert container.mount() == exit_codes.OK
    assert container.told()["healed"]


def test_a_dead_mount_that_pods_have_bound_is_covered_and_goes_with_the_new_one(container):
    dead = container.machine.add_mount(path=container.target, answers=fake.DEAD)

    def look():
        assert [each for each in container.machine.mounts if each.path == container.target][0] is dead
        assert container.machine.top(container.target).answers == fake.HEALTHY
        signal.raise_signal(signal.SIGTERM)

    container.when_it_sleeps(look)
    assert container.mount("-o", "x-failover.cover") == exit_codes.OK
    assert container.told()["healed"]
    assert container.machine.top(container.target) is None, "nothing dead stays behind"


def test_a_dead_mount_of_a_subdirectory_is_known_and_replaced(container):
    container.machine.add_mount(path=container.target, source="gfs1,gfs2,gfs3:/web/sites/one", answers=fake.DEAD)
    container.when_it_sleeps(container.unmounted)
    argv = ["mount", f"--root={container.root}", f"--report={container.report}", f"{SOURCE}/sites/one", "/srv/web"]
    assert entrypoint.main(argv, container.entry, container.said.append) == exit_codes.OK
    assert container.told()["healed"]


def test_a_dead_mount_stays_where_no_server_serves(container):
    dead = container.machine.add_mount(path=container.target, answers=fake.DEAD)
    container.machine.says = dict.fromkeys(fake.HOSTS, fake.NO_VOLUME)
    assert container.mount() == exit_codes.FAILED
    assert dead in container.machine.mounts
    told = container.told()
    assert not told["ok"]
    assert "no server has a volume web" in told["message"]
    assert [row["server"] for row in told["attempts"]] == list(fake.HOSTS)


@pytest.mark.parametrize("there", [{"fstype": "tmpfs"}, {"source": "gfs1:/other", "answers": fake.DEAD}])
def test_what_is_somebody_elses_is_left_alone(container, there):
    container.machine.add_mount(path=container.target, **there)
    assert container.mount() == exit_codes.FAILED
    assert "something else is mounted there" in container.told()["message"]
    assert container.machine.started() == []


def test_a_private_mount_point_is_an_error_since_the_host_would_see_nothing(tmp_path):
    container = Container(tmp_path, shared=False)
    assert container.mount() == exit_codes.FAILED
    assert "would not be seen by the host" in container.told()["message"]
    assert container.machine.started() == []


def test_without_a_folder_of_its_own_it_says_how_to_start_the_container(container):
    container.machine.mounts = [each for each in container.machine.mounts if each.path != container.staging]
    container.machine._write_mountinfo()
    assert container.mount() == exit_codes.FAILED
    assert "--tmpfs=" in container.told()["message"]


def test_a_staging_folder_that_is_private_is_left_as_it_is(container, monkeypatch):
    line = fake.Entry.line
    monkeypatch.setattr(
        fake.Entry,
        "line",
        lambda self: line(self).replace("shared:9 ", "" if self.path == container.staging else "shared:9 "),
    )
    container.machine._write_mountinfo()
    container.when_it_sleeps(container.unmounted)
    assert container.mount() == exit_codes.OK
    assert not [argv for argv in container.machine.ran if "--make-private" in argv]


def test_a_mount_that_cannot_be_moved_leaves_nothing(container):
    def refuse(*_words):
        raise OSError(errno.EPERM, "Operation not permitted")

    container.entry = container.entry._replace(tools=container.entry.tools._replace(move=refuse))
    assert container.mount() == exit_codes.SYSTEM
    assert not container.told()["ok"]
    assert [each.path for each in container.machine.mounts] == [f"{container.root}/srv", container.staging]


def test_a_mount_that_does_not_prove_real_at_its_place_leaves_nothing(container):
    container.entry = container.entry._replace(tools=container.entry.tools._replace(move=lambda *_words: None))
    assert container.mount() == exit_codes.FAILED
    assert "did not prove real" in container.told()["message"]
    assert [each.path for each in container.machine.mounts] == [f"{container.root}/srv", container.staging]


def test_one_that_cannot_be_detached_is_told(container):
    container.machine.add_gluster(
        ("/usr/sbin/glusterfs", "--volfile-server=gfs2", "--volfile-id=web", container.target)
    )
    umount = container.machine._umount

    def refuse(argv, timeout):
        if argv[-1] == container.target:
            return container.machine.ended(argv, 32, stderr="refused")
        return umount(argv, timeout)

    container.machine._umount = refuse
    container.kernel_is_old = True
    assert container.mount() == exit_codes.FAILED
    assert "could not be detached: refused" in container.told()["message"]


def test_the_mount_point_is_made_where_it_is_missing(container):
    os.rmdir(container.target)
    container.when_it_sleeps(container.unmounted)
    assert container.mount("-o", "noguard") == exit_codes.OK
    assert os.path.isdir(container.target)
    assert container.told()["guard"] is False


def test_interrupted_before_it_has_mounted_it_leaves_nothing(container):
    container.machine.starts = [fake.interrupted_by(signals.Interrupted("SIGTERM"))]
    assert container.mount() == exit_codes.INTERRUPTED
    assert [each.path for each in container.machine.mounts] == [f"{container.root}/srv", container.staging]


def test_a_fleet_does_not_start_at_once(container):
    container.machine.says = dict.fromkeys(fake.HOSTS, fake.NO_VOLUME)
    before = container.machine.clock.time
    container.mount("--jitter=100")
    assert container.machine.clock.time > before + 5


def test_a_wrong_option_is_refused_by_name(container):
    assert container.mount("-o", "bogus") == exit_codes.WRONG
    assert "option 'bogus'" in container.said[-1]


def test_without_a_report_file_it_tells_its_log(container):
    container.report = ""
    container.when_it_sleeps(container.unmounted)
    container.mount()
    assert json.loads(container.said[0])["ok"]


def test_status_tells_of_what_it_sees(container):
    assert entrypoint.main(["status"], container.entry, container.said.append) == exit_codes.OK
    assert json.loads(container.said[-1]) == []
    container.machine.add_mount(path="/srv/dead", answers=fake.DEAD)
    assert entrypoint.main(["status", "/srv/dead"], container.entry, container.said.append) == exit_codes.FAILED
    assert json.loads(container.said[-1])[0]["state"] == "dead"


def test_probe_says_which_server_it_would_be(container):
    assert (
        entrypoint.main(["probe", SOURCE, "-o", "order=listed"], container.entry, container.said.append)
        == exit_codes.OK
    )
    assert json.loads(container.said[-1])["server"] == "gfs1"
    container.machine.says = dict.fromkeys(fake.HOSTS, fake.REFUSED)
    assert entrypoint.main(["probe", SOURCE], container.entry, container.said.append) == exit_codes.FAILED


def test_systemd_is_told_where_it_waits_for_that(tmp_path):
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(address)
        entrypoint.notify("READY=1", {"NOTIFY_SOCKET": address})
        assert server.recv(100) == b"READY=1"
    entrypoint.notify("READY=1", {})
    entrypoint.notify("READY=1", {"NOTIFY_SOCKET": "@nobody/listens/there"})


def test_errors_of_commands_have_their_codes(container, monkeypatch):
    for error, code in ((model.MountError("no"), exit_codes.FAILED), (OSError(5, "io"), exit_codes.SYSTEM)):

        def fail(*_words, error=error):
            raise error

        monkeypatch.setattr(entrypoint, "status", fail)
        assert entrypoint.main(["status"], container.entry, container.said.append) == code


def test_it_speaks_to_its_log_by_itself(container, capsys):
    container.machine.says = dict.fromkeys(fake.HOSTS, fake.REFUSED)
    assert entrypoint.main(["probe", SOURCE, "-o", "order=listed"], container.entry) == exit_codes.FAILED
    told = capsys.readouterr()
    assert json.loads(told.out)["server"] is None
    assert "gfs1: connect: refused" in told.err


def test_leaving_waits_for_a_client_that_still_writes(container):
    container.machine.flushing = {1}
    container.when_it_sleeps(lambda: signal.raise_signal(signal.SIGTERM))
    assert container.mount() == exit_codes.OK


def test_a_mount_that_was_taken_over_from_serves_until_it_is_asked_to_end(container):
    """Its mount is detached already, so there is nothing to unmount; its users lose it with the container."""
    steps = []

    def go_on():
        steps.append(1)
        if len(steps) == 1:
            mount = container.client()
            container.machine.mounts.remove(mount)
            container.machine._write_mountinfo()
        elif len(steps) == 5:
            signal.raise_signal(signal.SIGTERM)

    container.when_it_sleeps(go_on)
    assert container.mount() == exit_codes.OK
    assert len(steps) >= 5
    assert container.machine.killed


def test_the_client_that_is_found_is_that_of_the_mount():
    assert contained_mount.Tools().staging == client.STAGING
