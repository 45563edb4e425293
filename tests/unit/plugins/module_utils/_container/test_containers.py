# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host's side of a container's mount: its units, its start and end, by the engine and by the module."""

from __future__ import annotations

import hashlib
import json
import os

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._container import container_names, containers, units
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import client, tls
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import systemd
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.process import Completed
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import (
    container_units,
    fstab_line,
    mount,
    mount_arguments,
    mount_point,
)
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import model
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount.host_client import HostClient
from ansible_collections.evenkeel.glusterfs.tests.unit.machine import HUNG, FakeMachine, report_of

OLD, NEW = "a" * 64, "b" * 64


class BareHost:
    """A host with podman, systemd and the fake machine's servers, and what its containers do.

    image: what the image's name stands for; "" where there is none. starts: how each start of a container ends, see below.
    asleep: whether containers do not notice that their client is gone. serving: those whose client serves on without a mount.
    """

    def __init__(self, tmp_path, quadlet=False):
        self.machine = FakeMachine(tmp_path, systemd=True)
        self.path = self.machine.path
        self.places = containers.Places(str(tmp_path / "root"))
        self.root = self.places.root
        os.makedirs(self.root)
        if quadlet:
            generator = self.root + containers.QUADLET_GENERATORS[0]
            os.makedirs(os.path.dirname(generator))
            open(generator, "w").close()
        self.image = OLD
        self.starts = []
        self.running = {}
        self.fails = []
        self.reloads = 0
        self.inner = self.machine.run
        self.machine.change(run=self.run)
        self.private = False
        self.asleep = False
        self.serving = set()

    def run(self, argv, timeout):
        argv = tuple(argv)
        if argv[0] not in ("podman", "systemctl", "mount"):
            return self.inner(argv, timeout)
        self.machine.ran.append(argv)
        if any(word in argv for word in self.fails):
            return Completed(argv, 1, "", "it does not work", 0.01)
        if argv[:2] == ("podman", "ps"):
            rows = [f"{name[: -len('.service')]} {self.identity(name)}\n" for name in self.running]
            return Completed(argv, 0, "".join(rows), "", 0.01)
        if argv[0] == "podman":
            return Completed(argv, 0 if self.image else 125, f"sha256:{self.image}\n", "no such image", 0.01)
        if argv[:2] == ("systemctl", "daemon-reload"):
            self.reloads += 1
        elif argv[:2] == ("systemctl", "is-active"):
            return Completed(argv, 0 if self.running.get(argv[-1]) == "active" else 3, "", "", 0.01)
        elif argv[:2] == ("systemctl", "list-units"):
            if not self.asleep:
                self.notice()
            rows = [f"{name} loaded {state} sub the description\n" for name, state in self.running.items()]
            return Completed(argv, 0, "".join(rows), "", 0.01)
        elif argv[0] == "systemctl" and argv[1] in ("start", "restart"):
            if argv[1] == "start" and self.running.get(argv[-1]) == "active":
                return Completed(argv, 0, "", "", 0.01)
            self.stop(argv[-1])
            act = self.starts.pop(0) if self.starts else mounts
            return act(self, argv[-1])
        elif argv[:2] == ("systemctl", "stop"):
            self.stop(argv[-1])
        return Completed(argv, 0, "", "", 0.01)

    @staticmethod
    def identity(name):
        return hashlib.sha256(name.encode()).hexdigest()

    def notice(self):
        """What containers do when their client is gone: systemd starts one again that has died, and leaves one whose mount was taken away."""
        entry = self.machine.top(self.path)
        for name, state in list(self.running.items()):
            if name in self.serving:
                continue
            if state == "active" and not entry:
                del self.running[name]
            elif state == "active" and not self.machine._alive(entry.pid):
                self.running[name] = "activating"

    def stop(self, name):
        if self.running.pop(name, "") == "active":
            entry = self.machine.top(self.path)
            if entry:
                self.machine.mounts.remove(entry)
                self.machine._write_mountinfo()
                if self.machine._alive(entry.pid):
                    self.machine.client_dies(entry)

    def serve(self, name):
        """A container has made the mount."""
        argv = (
            "/usr/sbin/glusterfs",
            "--volfile-server=gfs1",
            "--volfile-id=web",
            f"{client.STAGING}{self.path}",
        )
        entry = self.machine.add_gluster(argv)
        entry.path = self.path
        self.machine._write_mountinfo()
        link = self.machine.proc.path / str(entry.pid) / "ns" / "mnt"
        link.unlink()
        link.symlink_to("mnt:[2]")
        (self.machine.proc.path / str(entry.pid) / "cgroup").write_text(f"0::/libpod-{self.identity(name)}\n")
        self.running[name] = "active"

    def report(self, name, **values):
        folder = f"{self.root}{units.REPORTS}/{name[: -len('.service')]}"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/{units.REPORT}", "w") as file:
            json.dump(values, file)

    def arguments(self, **more):
        given = {
            "path": self.path,
            "volume": "web",
            "subdir": "",
            "servers": ["gfs1", "gfs2", "gfs3"],
            "order": "listed",
            "prefer": [],
            "opts": [],
            "state": "mounted",
            "remount": False,
            "fstab": "native",
            "fstab_file": f"{self.root}/fstab",
            "boot": True,
            "require": "writable",
            "timeout_probe": 3,
            "timeout_try": 30,
            "timeout_total": 120,
            "patience": 0,
            "guard": True,
            "via": "container",
            "image": containers.IMAGE,
            "tls_certificate": None,
            "tls_key": None,
            "tls_ca": None,
        }
        return mount_arguments.check({**given, **more})

    def ensure(self, *, check=False, **more):
        point = self.point(self.arguments(**more), check=check)
        return mount.STATES[point.arguments.state](point)

    def point(self, arguments, *, check=False):
        """The mount point, by a container if there is something of one."""
        node = self.machine.node
        line = fstab_line.FstabLine(arguments, node, check)
        contained = container_units.choose(arguments, line, node, check=check, places=self.places)
        return contained or mount_point.MountPoint(arguments, node, HostClient(node), line, check)

    def files(self):
        """All unit files, without the folder that tests have put before them."""
        found = [os.path.join(folder, name) for folder, _folders, files in os.walk(self.root) for name in files]
        kinds = (".service", ".container", ".mount")
        return sorted(path[len(self.root) :] for path in found if path.endswith(kinds))

    def did(self, *words):
        return [ran for ran in self.machine.ran if ran[: len(words)] == words]


ATTEMPT = {"server": "gfs1", "step": "prove", "outcome": "ok", "seconds": 0.1, "detail": ""}


def mounts(bare, name):
    bare.serve(name)
    bare.report(name, ok=True, attempts=[ATTEMPT])
    return Completed((), 0, "", "", 0.5)


def takes_over(bare, name):
    old = bare.machine.top(bare.path)
    bare.machine.mounts.remove(old)
    return mounts(bare, name)


def fails(bare, name):
    bare.running[name] = "activating"
    attempt = {**ATTEMPT, "step": "connect", "outcome": "refused"}
    bare.report(name, ok=False, message="no server would", attempts=[attempt, {**attempt, "server": None}])
    return Completed((), 1, "", "Job failed", 0.5)


def breaks(bare, name):
    bare.running[name] = "activating"
    return Completed((), 1, "", "Job failed", 0.5)


def is_not_seen(bare, name):
    bare.running[name] = "active"
    bare.report(name, ok=True, attempts=[ATTEMPT])
    return Completed((), 0, "", "", 0.5)


def interrupted(bare, name):
    bare.running[name] = "activating"
    raise KeyboardInterrupt


@pytest.fixture
def bare(tmp_path):
    return BareHost(tmp_path)


def paths(bare, image=OLD):
    name = container_names.of(bare.path, image)
    mount = systemd.mount_unit(bare.path)
    return sorted(
        [
            f"/etc/systemd/system/{name}.service",
            f"/etc/systemd/system/{mount}",
            f"/etc/systemd/system/remote-fs.target.wants/{mount}",
        ]
    )


def test_a_mount_by_a_container_is_a_mount_with_units_for_boot(bare):
    result = bare.ensure()
    assert result.changed
    assert result.values["server"] == "gfs1"
    assert result.values["mount"]["via"] == "container"
    assert result.values["container"] == container_names.of(bare.path, OLD)
    assert result.values["attempts"] == [ATTEMPT]
    assert result.values["guard"] == "immutable"
    assert result.values["fstab_line"] is None
    assert bare.files() == paths(bare)
    assert bare.reloads == 1


def test_a_second_run_changes_nothing(bare):
    bare.ensure()
    again = bare.ensure()
    assert not again.changed
    assert again.diff[0]["before"] == again.diff[0]["after"]
    assert bare.reloads == 1
    assert len(bare.did("systemctl", "start")) == 1


def enable_apparmor(bare, profiles):
    for file, text in (("module/apparmor/parameters/enabled", "Y\n"), ("kernel/security/apparmor/profiles", profiles)):
        place = f"{bare.root}/sys/{file}"
        os.makedirs(os.path.dirname(place))
        with open(place, "w", encoding="utf-8") as written:
            written.write(text)


@pytest.mark.parametrize(
    ("profiles", "option"),
    [
        ("gluster-spc (enforce)\ncontainers-default-0.50.1 (enforce)\n", "--security-opt=apparmor=gluster-spc"),
        ("gluster-spc-of-somebody (enforce)\n", "--security-opt=apparmor=unconfined"),
        ("", "--security-opt=apparmor=unconfined"),
    ],
)
def test_a_container_is_confined_by_our_profile_where_the_host_has_loaded_it(bare, profiles, option):
    enable_apparmor(bare, profiles)
    bare.ensure()
    (service,) = [path for path in bare.files() if path.endswith(".service")]
    with open(bare.root + service, encoding="utf-8") as file:
        assert option in file.read().split()


def test_with_quadlet_the_unit_is_one_of_it(tmp_path):
    bare = BareHost(tmp_path, quadlet=True)
    bare.ensure()
    assert f"/etc/containers/systemd/{container_names.of(bare.path, OLD)}.container" in bare.files()


def test_one_that_shall_not_outlast_a_boot_lies_in_run(bare):
    bare.ensure(fstab="none")
    assert all(path.startswith("/run/systemd/system/") for path in bare.files())
    assert len(bare.files()) == 2


def test_without_boot_nothing_wants_the_mount(bare):
    bare.ensure(boot=False)
    assert not [path for path in bare.files() if ".wants/" in path]
    bare.ensure()
    assert bare.files() == paths(bare)


def test_check_mode_says_what_would_be_and_touches_nothing(bare):
    result = bare.ensure(check=True)
    assert result.changed
    assert "[Service]" in result.diff[0]["after"]
    assert bare.files() == []
    bare.ensure()
    assert not bare.ensure(check=True).changed


@pytest.mark.parametrize("state", ["mounted", "present"])
def test_check_mode_before_the_image_is_there_is_no_error(bare, state):
    bare.image = ""
    assert bare.ensure(check=True, state=state).changed


def test_present_is_units_without_a_mount(bare):
    assert bare.ensure(state="present").changed
    assert not bare.ensure(state="present").changed
    assert bare.files() == paths(bare)
    assert bare.did("systemctl", "start") == []


def test_absent_leaves_nothing(bare):
    bare.ensure()
    assert bare.ensure(state="absent", check=True).changed
    assert bare.files() == paths(bare)
    assert bare.ensure(state="absent").changed
    assert bare.files() == []
    assert bare.running == {}
    assert bare.machine.left() == []
    assert not bare.ensure(state="absent").changed


def test_absent_knows_a_containers_mount_without_being_told(bare):
    bare.ensure()
    bare.ensure(state="absent", via="host")
    assert bare.files() == []


def test_absent_takes_a_container_away_that_only_tries(bare):
    bare.ensure()
    bare.stop(f"{container_names.of(bare.path, OLD)}.service")
    bare.running[f"{container_names.of(bare.path, OLD)}.service"] = "activating"
    assert bare.ensure(state="unmounted").changed
    assert bare.running == {}


def test_absent_from_fstab_leaves_the_mount(bare):
    bare.ensure()
    assert bare.ensure(state="absent_from_fstab").changed
    assert bare.files() == []
    assert bare.machine.top(bare.path)


def test_a_mount_of_the_host_is_left_to_the_host(bare):
    assert isinstance(bare.point(bare.arguments(via="host", state="unmounted")).mounter, HostClient)


def test_a_dead_mount_is_left_to_the_container_though_its_directory_cannot_be_looked_at(bare):
    """Below a dead mount nothing seems to be, and a look at one that hangs would never end."""
    bare.ensure()
    bare.machine.client_dies(bare.machine.top(bare.path))
    bare.machine.guarded.clear()
    os.rmdir(bare.path)
    bare.starts = [takes_over]
    result = bare.ensure()
    assert (result.changed, result.values["healed"], result.values["mount"]["state"]) == (True, True, "healthy")
    assert not os.path.lexists(bare.path)


def test_a_new_image_takes_over_and_the_old_units_go(bare):
    bare.ensure()
    bare.image, bare.starts = NEW, [takes_over]
    result = bare.ensure()
    assert result.changed
    assert result.values["container"] == container_names.of(bare.path, NEW)
    assert bare.files() == paths(bare, NEW)
    assert bare.running[f"{container_names.of(bare.path, OLD)}.service"] == "active", (
        "it serves open files to their end"
    )
    assert not [ran for ran in bare.machine.ran if os.path.basename(ran[0]) == "umount"]


def test_a_new_image_that_fails_leaves_the_old_container_and_its_units(bare):
    bare.ensure()
    bare.image, bare.starts = NEW, [fails]
    with pytest.raises(model.MountError, match="no server would"):
        bare.ensure()
    assert bare.files() == paths(bare, OLD)
    assert bare.machine.top(bare.path)


def test_an_old_container_that_only_tries_is_ended_when_a_new_one_has_mounted(bare):
    bare.running[f"{container_names.of(bare.path, OLD)}.service"] = "activating"
    bare.image = NEW
    bare.ensure()
    assert list(bare.running) == [f"{container_names.of(bare.path, NEW)}.service"]


def test_servers_that_all_fail_are_told_as_the_container_reported_and_nothing_is_left(bare):
    bare.starts = [fails]
    with pytest.raises(model.MountError, match="no server would") as error:
        bare.ensure()
    assert [str(attempt.server) for attempt in error.value.attempts] == ["gfs1", "None"]
    assert bare.files() == []
    assert bare.running == {}
    assert bare.machine.left() == []


def test_a_container_that_tried_before_tries_on_when_a_run_could_not_help(bare):
    bare.ensure()
    name = f"{container_names.of(bare.path, OLD)}.service"
    bare.machine.client_dies(bare.machine.top(bare.path))
    bare.running[name] = "activating"
    bare.starts = [fails]
    with pytest.raises(model.MountError, match="no server would"):
        bare.ensure()
    assert bare.files() == paths(bare)
    assert bare.did("systemctl", "start", "--no-block") == [("systemctl", "start", "--no-block", name)]


def test_a_container_that_does_not_even_start_is_an_error_that_says_where_to_look(bare):
    bare.starts = [breaks]
    with pytest.raises(model.MountError, match="did not start: Job failed\n.journalctl"):
        bare.ensure()
    assert bare.files() == []


def test_a_container_that_had_reported_when_it_was_asked_to_start_is_left_to_serve(bare):
    """One that systemd starts again by itself, at the moment at which a run comes by."""

    def has_reported(bare, name):
        bare.serve(name)
        return Completed((), 0, "", "", 0.1)

    bare.starts = [has_reported]
    result = bare.ensure()
    assert (result.values["mount"]["state"], result.values["attempts"]) == ("healthy", [])
    assert bare.running == {f"{container_names.of(bare.path, OLD)}.service": "active"}


def test_a_mount_that_the_host_does_not_see_is_an_error(bare):
    bare.starts = [is_not_seen]
    with pytest.raises(model.MountError, match="not as this host sees it"):
        bare.ensure()
    assert bare.running == {}
    assert bare.machine.left() == []


@pytest.mark.parametrize("state", ["unmounted", "absent"])
def test_a_container_that_serves_open_files_of_a_former_mount_is_not_stopped_with_the_new_one(bare, state):
    """One that a new image has taken over from: it ends with its last open file."""
    bare.ensure()
    before = bare.machine.top(bare.path)
    (old,) = bare.running
    bare.image, bare.starts = NEW, [takes_over]
    bare.ensure()
    bare.machine.kept, bare.serving = {before.id}, {old}
    (new,) = set(bare.running) - {old}
    assert bare.ensure(state=state).changed
    assert (old in bare.running, new in bare.running) == (True, False)
    assert bare.machine._alive(before.pid)


def test_a_container_whose_client_has_nobody_left_to_serve_is_stopped(bare):
    bare.ensure()
    before = bare.machine.top(bare.path)
    bare.image, bare.starts = NEW, [takes_over]
    bare.ensure()
    assert bare.machine._alive(before.pid)
    bare.ensure(state="unmounted")
    assert bare.running == {}


def test_a_mount_is_made_anew_though_its_container_does_not_notice_that_the_client_is_gone(bare):
    bare.ensure()
    bare.asleep = True
    bare.machine.client_dies(bare.machine.top(bare.path))
    result = bare.ensure()
    assert (result.values["healed"], result.values["mount"]["state"]) == (True, "healthy")
    assert len(bare.did("systemctl", "restart")) == 1


def test_a_mount_that_hangs_is_made_anew_though_its_container_runs(bare):
    bare.ensure()
    entry = bare.machine.top(bare.path)
    entry.answers = HUNG
    result = bare.ensure()
    assert (result.values["healed"], result.values["mount"]["state"]) == (True, "healthy")
    assert bare.machine.killed[:1] == [entry.pid]


def test_interrupted_it_leaves_nothing(bare):
    bare.starts = [interrupted]
    with pytest.raises(KeyboardInterrupt):
        bare.ensure()
    assert bare.files() == []
    assert bare.running == {}


def test_remounted_ends_the_old_container_first(bare):
    bare.ensure()
    assert bare.ensure(state="remounted", opts=["ro"]).changed
    assert [ran for ran in bare.machine.ran if os.path.basename(ran[0]) == "umount"]
    assert len(bare.did("systemctl", "start")) == 2


def test_a_private_file_system_is_made_shared(bare):
    bare.ensure()
    assert [ran for ran in bare.machine.ran if ran[0] == "mount"] == [("mount", "--make-shared", "/")]


def test_one_that_cannot_be_made_shared_is_an_error(bare):
    bare.fails = ["--make-shared"]
    with pytest.raises(model.MountError, match="cannot be made shared"):
        bare.ensure()


def test_a_shared_one_is_left_as_it_is(bare):
    bare.machine.add_mount(path=str(bare.machine.parent), fstype="ext4")
    bare.ensure()
    assert [ran for ran in bare.machine.ran if ran[0] == "mount"] == []


def test_without_podman_it_says_what_to_install(bare):
    bare.machine.change(program=lambda _name: None)
    with pytest.raises(model.MountError, match="needs podman"):
        bare.ensure()


def test_without_systemd_it_says_so(bare):
    bare.machine.change(systemd=False)
    with pytest.raises(model.MountError, match="needs systemd"):
        bare.ensure()


def test_without_the_image_it_says_where_it_comes_from(bare):
    bare.image = ""
    with pytest.raises(model.MountError, match="role gluster_spc"):
        bare.ensure()


def test_a_reload_that_fails_is_an_error(bare):
    bare.fails = ["daemon-reload"]
    with pytest.raises(model.MountError, match="has not read its units again"):
        bare.ensure()


def test_what_the_hosts_own_client_has_mounted_is_left_alone(bare):
    bare.machine.add_gluster()
    with pytest.raises(model.MountError, match="is mounted by a client of this host"):
        bare.ensure()


def test_what_a_container_has_mounted_is_not_the_hosts(bare):
    bare.ensure()
    spec = bare.machine.spec()
    with pytest.raises(model.MountError, match="is mounted by a container"):
        report_of(spec, bare.machine.node)


def test_a_line_of_fstab_is_not_mounted_beside(bare):
    with open(f"{bare.root}/fstab", "w") as file:
        file.write(f"gfs1:/web {bare.path} glusterfs defaults 0 0\n")
    with pytest.raises(ValueError, match="has a line for"):
        bare.ensure()


def test_a_mount_unit_of_somebody_elses_is_not_overwritten(bare):
    file = f"{bare.places.units}/{systemd.mount_unit(bare.path)}"
    os.makedirs(os.path.dirname(file))
    with open(file, "w") as text:
        text.write("[Mount]\n")
    with pytest.raises(ValueError, match="was not made by this module"):
        bare.ensure()


def test_a_unit_of_somebody_else_is_in_the_way_of_no_taking_away(bare):
    mount = systemd.mount_unit(bare.path)
    wants = f"{bare.places.units}/remote-fs.target.wants"
    os.makedirs(wants)
    with open(f"{bare.places.units}/{mount}", "w") as text:
        text.write("[Mount]\n")
    os.symlink(f"../{mount}", f"{wants}/{mount}")
    for state in ("unmounted", "absent_from_fstab", "absent"):
        bare.ensure(state=state, via="host")
        bare.ensure(state=state)
    assert os.path.exists(f"{wants}/{mount}")


@pytest.mark.parametrize("state", ["absent", "absent_from_fstab"])
def test_a_line_by_which_the_host_has_mounted_goes_too(bare, state):
    with open(f"{bare.root}/fstab", "w") as file:
        file.write(f"gfs1:/web {bare.path} glusterfs _netdev 0 0\n")
    result = bare.ensure(state=state)
    assert result.changed
    assert result.diff[-1]["before"].startswith("gfs1:/web ")
    with open(f"{bare.root}/fstab") as file:
        assert file.read() == ""
    assert not bare.ensure(state=state).changed


@pytest.mark.parametrize("state", ["absent", "absent_from_fstab"])
def test_a_line_of_another_type_is_no_obstacle_and_stays(bare, state):
    bare.ensure()
    line = f"nas:/export {bare.path} nfs noauto 0 0\n"
    with open(f"{bare.root}/fstab", "w") as file:
        file.write(line)
    bare.ensure(state=state)
    assert bare.files() == []
    with open(f"{bare.root}/fstab") as file:
        assert file.read() == line


@pytest.mark.parametrize("state", ["mounted", "present", "remounted"])
def test_the_host_does_not_mount_beside_units_that_mount_too(bare, state):
    bare.ensure()
    with pytest.raises(ValueError, match="is mounted by a container, whose units are there: .*take them away first"):
        bare.ensure(state=state, via="host")


def test_certificates_are_given_to_the_container(bare):
    mounting = containers.Containers(
        bare.path, bare.machine.node, certificates=tls.Certificates("/c.pem", "/c.key", "/c.ca"), places=bare.places
    )
    volumes = units.volumes(mounting.plan(bare.machine.spec()))
    for folder in ("/usr/lib/ssl", "/etc/ssl"):  # up to Debian 12, and from Debian 13 on
        assert f"/c.key:{folder}/glusterfs.key:ro" in volumes
    assert f"{tls.SECURE_ACCESS}:{tls.SECURE_ACCESS}:ro" in volumes


def test_a_half_written_report_is_none(bare):
    bare.starts = [lambda bare, name: bare.report(name) or breaks(bare, name)]
    with pytest.raises(model.MountError, match="did not start"):
        bare.ensure()


def test_a_removed_link_is_made_again(bare):
    bare.ensure()
    os.unlink(f"{bare.places.units}/remote-fs.target.wants/{systemd.mount_unit(bare.path)}")
    assert bare.ensure().changed
    assert bare.files() == paths(bare)


def test_a_container_that_puts_a_pipe_in_place_of_its_report_holds_up_nobody(bare):
    def pipes(bare, name):
        done = mounts(bare, name)
        report = f"{bare.root}{units.REPORTS}/{name[: -len('.service')]}/{units.REPORT}"
        os.unlink(report)
        os.mkfifo(report)
        return done

    bare.starts = [pipes]
    assert bare.ensure().values["mount"]["state"] == "healthy"
