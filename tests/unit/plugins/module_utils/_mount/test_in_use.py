# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who uses a mount at /srv/web, device 0:50, mount 20: see Proc for the host that it is on."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import fusectl, mountinfo
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.fusectl import Connections, Fate
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import in_use

ROOT = "1 0 8:1 / / rw shared:1 - ext4 /dev/sda1 rw"
WEB = "20 1 0:50 / /srv/web rw shared:9 - fuse.glusterfs gfs1:/web rw"


class Proc:
    """A /proc. The host's root file system is the mount 1, in the group of mounts 1."""

    def __init__(self, path):
        self.path = path
        self.block = path / "block"
        self.process("self", "mnt:[1]", ROOT, WEB)

    def process(self, pid, namespace="mnt:[1]", *lines, comm="postgres", root="/", **links):
        """A process. lines: its mountinfo. links: its cwd and so on; fd_N with the target and the mount's id."""
        folder = self.path / str(pid)
        for name in ("ns", "fd", "fdinfo", "map_files"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "comm").write_text(f"{comm}\n")
        (folder / "ns" / "mnt").symlink_to(namespace)
        (folder / "root").symlink_to(root)
        (folder / "mountinfo").write_text("".join(f"{line}\n" for line in lines))
        for name, target in links.items():
            if name.startswith("fd_"):
                target, on = target
                (folder / "fdinfo" / name[3:]).write_text(f"pos:\t0\nmnt_id:\t{on}\n")
                name = f"fd/{name[3:]}"
            (folder / name.replace("__", "/")).symlink_to(target)

    def host(self, *lines):
        (self.path / "self" / "mountinfo").write_text("".join(f"{line}\n" for line in lines))

    def uses(self):
        (mount,) = (each for each in mountinfo.parse(WEB))
        return in_use.find(mount, str(self.path), str(self.block))

    def texts(self):
        return [use.text for use in self.uses()]


@pytest.fixture
def proc(tmp_path):
    return Proc(tmp_path)


def test_a_mount_that_nobody_uses_has_no_users(proc):
    proc.process(70, cwd="/srv/web2", exe="/usr/bin/postgres", fd_3=("/srv/webs/x", 1), fd_4=("/dev/null", 3))
    assert proc.uses() == ()


# -- processes


@pytest.mark.parametrize("link", ["cwd", "exe", "map_files__7f00-7f01"])
def test_every_way_to_stand_on_a_mount_is_seen(proc, link):
    proc.process(700, comm="last", **{link: "/srv/web/below"})
    proc.process(90, **{link: "/srv/web"})
    assert proc.texts() == ["postgres (90)", "last (700)"]


def test_a_process_whose_root_directory_lies_on_the_mount_is_a_user(proc):
    proc.process(90, root="/srv/web/jail")
    assert proc.texts() == ["postgres (90)"]


def test_a_process_with_a_root_of_its_own_sees_the_mount_elsewhere_and_that_is_no_bind(proc):
    proc.process(90, "mnt:[1]", WEB.replace("/srv/web", "/web"), root="/srv")
    assert proc.texts() == []


def test_an_open_file_is_known_by_the_mount_that_it_lies_on_and_not_by_its_path(proc):
    """Something else may be mounted there by now, or in another namespace."""
    proc.process(90, fd_3=("/srv/web/log", 20))
    proc.process(91, comm="other", fd_3=("/srv/web/log", 99))
    assert proc.texts() == ["postgres (90)"]


def test_a_kernel_that_tells_less_of_processes_tells_of_the_users_all_the_same(proc):
    proc.process(90, cwd="/srv/web")
    (proc.path / "90" / "map_files").rmdir()
    (proc.path / "90" / "fdinfo").rmdir()
    assert proc.texts() == ["postgres (90)"]


def test_a_process_that_does_not_tell_what_it_has_mapped_holds_up_nobody():
    """It changes its memory map while it waits for a file system that hangs."""
    never = threading.Event()

    def look(pid):
        if pid in ("2", "4"):
            never.wait(10)
        return {pid}

    assert in_use.mapped(["1", "2", "3", "4", "5"], look, 0.05) == {
        "1": {"1"},
        "2": None,
        "3": {"3"},
        "4": None,
        "5": {"5"},
    }
    assert in_use.mapped(["1", *["2"] * 50], look, 0.01) == {"1": {"1"}, "2": None}
    never.set()


def test_what_lies_on_a_mount_below_is_a_user_of_that_one(proc):
    proc.host(ROOT, WEB, "30 20 0:60 / /srv/web/below rw - fuse.glusterfs gfs1:/pages rw")
    proc.process(90, cwd="/srv/web/below/x")
    assert proc.texts() == ["what is mounted below it at /srv/web/below (fuse.glusterfs from gfs1:/pages)"]


def test_many_users_are_named_by_the_first_of_them(proc):
    for pid in range(100, 130):
        proc.process(pid, cwd="/srv/web")
    text = in_use.names(proc.uses())
    assert text.startswith("postgres (100), postgres (101), ")
    assert text.endswith("postgres (111) and 18 more")


# -- other mounts of it


@pytest.mark.parametrize(
    ("root", "path", "text"),
    [
        ("/app", "/var/www", "a bind of /app at /var/www"),
        ("/", "/copy", "a bind at /copy"),
        ("/", "/srv", "a bind at /srv"),
    ],
)
def test_a_bind_keeps_the_file_system_and_is_a_user(proc, root, path, text):
    proc.host(ROOT, WEB, f"40 1 0:50 {root} {path} rw shared:9 - fuse.glusterfs gfs1:/web rw")
    assert proc.uses() == (in_use.Use(text, lasting=True),)


def test_a_place_where_one_of_our_own_mounts_was_proven_is_no_user(proc):
    """What a run that was cut off left there."""
    proc.host(ROOT, WEB, "40 1 0:50 / /run/evenkeel.glusterfs/new/srv/web rw - fuse.glusterfs gfs1:/web rw")
    assert proc.uses() == ()


def test_the_place_that_a_mount_was_proven_at_can_be_cleared_where_it_was_left(proc):
    staging = "40 1 0:50 / /run/evenkeel.glusterfs/new/srv/web rw - fuse.glusterfs gfs1:/web rw"
    proc.host(ROOT, WEB, staging)
    (mount,) = mountinfo.parse(staging)
    assert in_use.find(mount, str(proc.path), str(proc.block)) == ()


CONTAINER = "101 0 0:70 / / rw - overlay overlay rw,lowerdir=/var/lib/containers/l/A,upperdir=/var/lib/containers/b"


@pytest.mark.parametrize(
    ("namespace", "user"),
    [
        # unshare --mount --propagation private
        (("101 0 8:1 / / rw - ext4 /dev/sda1 rw", "102 101 0:50 / /srv/web rw - fuse.glusterfs gfs1:/web rw"), "/srv/web"),
        # A container that was given the mount point, or a directory of it.
        ((CONTAINER, "102 101 0:50 / /data rw - fuse.glusterfs gfs1:/web rw"), "/data"),
        ((CONTAINER, "102 101 0:50 /app /data rw master:9 - fuse.glusterfs gfs1:/web rw"), "/data"),
        # One that was given the folder above without propagation, as podman gives it by default.
        ((CONTAINER, "102 101 8:1 /srv /srv rw - ext4 /dev/sda1 rw", "103 102 0:50 / /srv/web rw - fuse.glusterfs g:/web rw"), "/srv/web"),
        # PrivateTmp and the like: a slave of the host's, from which an umount takes it away.
        (("101 0 8:1 / / rw shared:5 master:1 - ext4 /dev/sda1 rw", "102 101 0:50 / /srv/web rw shared:6 master:9 - fuse.glusterfs g:/web rw"), ""),
        # The same a step further away: a slave of a slave.
        (("101 0 8:1 / / rw master:5 - ext4 /dev/sda1 rw", "102 101 0:50 / /srv/web rw master:6 - fuse.glusterfs g:/web rw"), ""),
        # The folder above, with rslave and with rshared.
        ((CONTAINER, "102 101 8:1 /srv /host rw master:1 - ext4 /dev/sda1 rw", "103 102 0:50 / /host/web rw master:9 - fuse.glusterfs g:/web rw"), ""),
        ((CONTAINER, "102 101 8:1 /srv /host rw shared:1 - ext4 /dev/sda1 rw", "103 102 0:50 / /host/web rw shared:9 - fuse.glusterfs g:/web rw"), ""),
        # A slave, but mounted elsewhere by somebody in there.
        (("101 0 8:1 / / rw master:1 - ext4 /dev/sda1 rw", "102 101 0:50 / /mnt rw master:9 - fuse.glusterfs g:/web rw"), "/mnt"),
        # A slave that stays, since something is mounted on it in there.
        (
            (
                "101 0 8:1 / / rw master:1 - ext4 /dev/sda1 rw",
                "102 101 0:50 / /srv/web rw master:9 - fuse.glusterfs g:/web rw",
                "103 102 0:80 / /srv/web/tmp rw - tmpfs tmpfs rw",
            ),
            "/srv/web",
        ),
    ],
)  # fmt: skip
def test_a_copy_in_another_namespace_is_a_user_unless_an_umount_takes_it_away_too(proc, namespace, user):
    proc.process(90, "mnt:[2]", *namespace, comm="nginx")
    proc.process(91, "mnt:[2]", *namespace, comm="worker")
    # The group 5 is a slave of the host's.
    proc.process(92, "mnt:[3]", "101 0 8:1 / / rw shared:5 master:1 - ext4 /dev/sda1 rw")
    expected = (in_use.Use(f"nginx (90) in a mount namespace of its own, at {user}", lasting=True),) if user else ()
    assert proc.uses() == expected


def test_on_a_host_whose_root_is_private_every_copy_is_a_user(proc):
    """A container, often: systemd makes the root shared on other hosts only."""
    private = ROOT.replace("shared:1 ", "")
    proc.host(private, WEB)
    proc.process(90, "mnt:[2]", private.replace("1 0 ", "101 0 "), WEB.replace("20 1 ", "102 101 "), comm="logind")
    assert proc.texts() == ["logind (90) in a mount namespace of its own, at /srv/web"]


def test_a_process_of_another_namespace_is_named_for_what_it_has_open_on_a_copy(proc):
    """A copy that goes with the mount is as busy as the mount (propagate_mount_busy)."""
    slave = (
        "101 0 8:1 / / rw master:1 - ext4 /dev/sda1 rw",
        "102 101 0:50 / /srv/web rw master:9 - fuse.glusterfs g:/web rw",
    )
    proc.process(90, "mnt:[2]", *slave, fd_3=("/srv/web/db", 102))
    proc.process(91, "mnt:[2]", *slave, cwd="/srv/web")
    proc.process(92, "mnt:[2]", *slave, cwd="/srv")
    assert proc.texts() == ["postgres (90)", "postgres (91)"]


# -- what the kernel keeps


@pytest.mark.parametrize(
    "data",
    [
        "rw,lowerdir=/srv/web/lower,upperdir=/tmp/u,workdir=/tmp/w",
        "rw,lowerdir=/a:/srv/web:/b",
        "rw,lowerdir+=/a,lowerdir+=/srv/web/x",
        "rw,lowerdir=/a,upperdir=/srv/web/u,workdir=/srv/web/w",
    ],
)
def test_an_overlay_over_the_mount_keeps_the_file_system_and_is_a_user(proc, data):
    proc.host(ROOT, WEB, f"40 1 0:90 / /merged rw - overlay overlay {data}")
    assert proc.uses() == (in_use.Use("an overlay at /merged", lasting=True),)


def test_an_overlay_in_a_container_over_the_hosts_mount_is_a_user(proc):
    proc.process(90, "mnt:[2]", "101 0 0:90 / / rw - overlay overlay rw,lowerdir=/srv/web/image")
    assert proc.uses() == (in_use.Use("an overlay at /", lasting=True),)


@pytest.mark.parametrize("file", ["/srv/web/disk.img", "/srv/web/disk.img (deleted)"])
def test_a_loop_device_of_a_file_is_a_user(proc, file):
    (proc.block / "loop0" / "loop").mkdir(parents=True)
    (proc.block / "loop0" / "loop" / "backing_file").write_text(f"{file}\n")
    (proc.block / "loop1").mkdir()
    (proc.block / "sda").mkdir()
    assert proc.texts() == [f"loop0, a loop device of {file}"]


# -- the kernel's word


@pytest.mark.parametrize(
    ("before", "now", "fate"),
    [
        (Connections(5, {"50": 7}), Connections(5, {"50": 7, "51": 8}), Fate.THERE),
        (Connections(5, {"50": 7}), Connections(5, {}), Fate.GONE),
        # Another mount has got the number.
        (Connections(5, {"50": 7}), Connections(5, {"50": 9}), Fate.GONE),
        # fusectl is not mounted, or is so no more.
        (Connections(4, {}), Connections(4, {}), Fate.UNKNOWN),
        (Connections(5, {"50": 7}), Connections(4, {}), Fate.UNKNOWN),
        (Connections(5, {"50": 7}), Connections(0, {}), Fate.UNKNOWN),
    ],
)
def test_whether_a_file_system_is_still_there_is_known_or_not_known(before, now, fate):
    assert fusectl.fate("0:50", before, now) is fate


def test_the_kernels_connections_are_listed(tmp_path):
    assert fusectl.listed(str(tmp_path / "none")) == Connections(0, {})
    (tmp_path / "50").mkdir()
    listed = fusectl.listed(str(tmp_path))
    assert listed == Connections(tmp_path.stat().st_dev, {"50": (tmp_path / "50").stat().st_ino})
