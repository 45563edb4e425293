# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an unprivileged user of a node does, with processes and file systems of his own: the mounts stay as they are, with their clients."""

from __future__ import annotations

import time

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import proof
from ansible_collections.evenkeel.glusterfs.tests.hostile.node import HOME, PATH, USER
from ansible_collections.evenkeel.glusterfs.tests.lab import eventually

SILENT = f"{HOME}/silent"


def stopped_for_good(node, pid):
    """Whether a process hangs on a file system, with SIGKILL pending."""
    return node.host.run("cut", "-d ", "-f3", f"/proc/{pid}/stat", check=False).strip() == "D"


def test_a_process_that_looks_like_our_look_and_hangs_makes_no_mount_hung(node):
    look = [("/usr/bin/stat", "stat"), f"{SILENT}/x", "-c", proof._CHILD, "mount", PATH]
    with node.neighbour(SILENT, "silent", "fsname=x"), node.running(*look, ready=False) as pid:
        time.sleep(0.5)
        node.host.run("kill", "-9", pid)
        eventually(lambda: stopped_for_good(node, pid), 10, "and cannot be killed")
        before = node.row()
        assert before["state"] == "healthy"
        code, said = node.heal()
        assert (code, said) == (0, "")
        assert node.row() == before


def test_a_mount_whose_look_hangs_gets_no_heap_of_processes(node):
    """As above, but by the client itself, which is frozen in the midst of answers."""
    count = "ps -eo args | grep -c '[m]ount /srv/web$'"
    pid = node.row()["pid"]
    node.host.run("kill", "-STOP", str(pid))
    try:
        states = [node.row()["state"] for _look in range(3)]
        assert states == ["hung"] * 3
        assert int(node.host.run("sh", "-c", count, check=False)) <= 1
    finally:
        node.host.run("kill", "-CONT", str(pid))
    eventually(lambda: node.row()["state"] == "healthy", 10, "it answers again")
    assert node.row()["pid"] == pid


# -- processes that are named like a client


LIKE_A_CLIENT = ("glusterfs", "--volfile-server=gfs9", "--volfile-id=evil", "--process-name=fuse")


@pytest.mark.parametrize("program", ["/usr/sbin/glusterfs", "/usr/bin/python3"])
def test_a_process_that_looks_like_the_client_is_not_taken_for_it(node, program):
    """It is started after the client, so that it would be taken for the newer one. GlusterFS itself runs as any user."""
    words = LIKE_A_CLIENT[1:]
    code = (
        ["--no-daemon", "--log-file=/dev/null", f"--log-file={HOME}/log"]
        if "gluster" in program
        else ["-c", "import time; time.sleep(300)"]
    )
    before = node.row()
    with node.running((program, "glusterfs"), *code, *words, PATH, ready=False):
        time.sleep(0.5)
        assert node.row() == before
        again = node.lab.mount(path=PATH, volume="web", servers=["gfs1", "gfs2", "gfs3"], fstab="failover")
        assert not again.failed, again.message
        assert not again.values["changed"]


def test_a_dead_mount_is_healed_at_once_beside_a_process_that_looks_like_its_client(node, revived):
    with node.running(
        ("/usr/bin/python3", "glusterfs"), "-c", "import time; time.sleep(300)", *LIKE_A_CLIENT[1:], PATH, ready=False
    ) as pid:
        node.host.run("kill", "-9", str(node.row()["pid"]))
        started = time.monotonic()
        code, said = node.heal(patience="60")
        assert code == 0, said
        assert time.monotonic() - started < 30
        assert node.row()["state"] == "healthy"
        assert node.host.exists(f"/proc/{pid}"), "and it is left alone"


# -- texts of the kernel's table of mounts


@pytest.mark.parametrize("name", ["a\rb", "a\x1b[2J\u202e\u2028b", "a\nb"])
def test_a_mount_with_an_odd_name_is_one_mount_and_no_end_of_the_others(node, name):
    before = node.row()
    fields = f"fsname={name},subtype=glusterfs".replace("\n", "") if "\n" not in name else "fsname=x"
    with node.neighbour(f"{HOME}/{name}", "silent", fields):
        assert node.row() == before
        assert set(node.rows()) == {PATH}, "a user's own file system is none of GlusterFS"
        code, said = node.heal()
        assert (code, said) == (0, "")
        assert node.host.run("mount", PATH, check=False) == ""
        info = node.lab.use("mount_info")
        assert not info.failed, info.message
        assert [row["path"] for row in info.values["mounts"]] == [PATH]


def test_a_mount_of_roots_with_a_carriage_return_in_its_names_is_no_end_of_the_others(node):
    odd = "/srv/a\rb"
    before = node.row()
    node.host.run("mkdir", "-p", odd)
    node.host.run("mount", "-t", "tmpfs", "x\ry", odd)
    try:
        assert node.rows() == {PATH: before}
        assert node.heal() == (0, "")
        assert not node.lab.use("mount_info").failed
        again = node.lab.mount(path=PATH, volume="web", servers=["gfs1", "gfs2", "gfs3"], fstab="failover")
        assert not again.failed, again.message
    finally:
        node.host.run("umount", odd)
        node.host.run("rmdir", odd)


def test_a_mount_point_that_a_user_renames_is_one_row_without_orders_to_a_terminal(node):
    """Nobody but root mounts on it, but the directory above is the user's."""
    odd = "d\nother  healthy\x1b[2J\u202e"
    node.host.run("install", "-d", "-o", USER, f"{HOME}/d")
    made = node.lab.mount(
        path=f"{HOME}/d/web", volume="web", servers=["gfs1", "gfs2", "gfs3"], fstab="none", guard=False
    )
    assert not made.failed, made.message
    try:
        node.as_user("mv", f"{HOME}/d", f"{HOME}/{odd}")
        text = node.host.run("gluster-failover", "status", check=False)
        assert [line for line in text.split("\n") if not line.isprintable()] == []
        assert len(text.split("\n")) == 3, text
        assert r"/d\nother  healthy\x1b[2J\u202e/web  healthy  volume web" in text
        assert set(node.rows()) == {PATH, f"{HOME}/{odd}/web"}
    finally:
        node.host.run("umount", "-l", f"{HOME}/{odd}/web")
        node.host.run("rm", "-r", f"{HOME}/{odd}")


# -- file systems that answer nonsense


@pytest.mark.parametrize("kind", ["odd", "endless"])
def test_one_mount_that_answers_nonsense_is_one_odd_row(node, kind):
    """Of a client of root's, since those of users are not listed."""
    before = node.row()
    with node.neighbour("/srv/odd", kind, "fsname=gfs1:/web,subtype=glusterfs", user="root"):
        rows = node.rows()
        assert rows.pop("/srv/odd")["state"] in ("degraded", "hung")
        assert rows == {PATH: before}
        assert "Traceback" not in node.host.run("gluster-failover", "status", check=False, timeout=60)
        info = node.lab.use("mount_info")
        assert not info.failed, info.message
        odd = next(row for row in info.values["mounts"] if row["path"] == "/srv/odd")
        assert odd["bricks"] == []
        assert node.heal() == (0, "")


# -- links on the way to a mount point


SWAP = f"""
import os, time
os.chdir({HOME!r})
print("ready", flush=True)
while True:
    os.rename("d", "real")
    os.symlink("/srv/victim", "d")
    time.sleep(0.002)
    os.unlink("d")
    os.rename("real", "d")
    time.sleep(0.01)
"""


def immutable(node, path):
    return "i" in node.host.run("lsattr", "-d", path).split()[0]


def test_no_guard_nor_mount_goes_where_a_user_has_put_a_link(node):
    node.host.run("mkdir", "-p", "/srv/victim/web")
    node.host.run("install", "-d", "-o", USER, f"{HOME}/d", f"{HOME}/d/web")
    wanted = {
        "path": f"{HOME}/d/web",
        "volume": "web",
        "servers": ["gfs1", "gfs2", "gfs3"],
        "fstab": "none",
        "timeout_total": 6.0,
    }
    wanted["timeout_try"] = 4.0
    try:
        with node.running("/usr/bin/python3", "-c", SWAP):
            for _try in range(3):
                node.lab.mount(**wanted)
                node.lab.mount(path=wanted["path"], state="absent")
                assert not immutable(node, "/srv/victim")
                assert not immutable(node, "/srv/victim/web")
                assert node.host.run("ls", "-A", "/srv/victim").split() == ["web"]
                assert "/srv/victim" not in node.host.run("cat", "/proc/self/mountinfo")
    finally:
        node.host.run(
            "sh",
            "-c",
            f"umount -l {HOME}/d/web {HOME}/real/web; chattr -i {HOME}/*/web; rm -rf {HOME}/d {HOME}/real",
            check=False,
        )
    node.host.run("rm", "-r", "/srv/victim")


def test_a_link_in_place_of_a_mount_point_is_not_followed(node):
    """As the root of a pod puts there that sees the directory above it: healing, mount(8) and tasks mount nothing at its end."""
    node.host.run("mkdir", "-p", "/srv/pod", "/srv/victim")
    node.host.run("ln", "-s", "/srv/victim", "/srv/pod/data")
    line = "gfs1,gfs2,gfs3:/web /srv/pod/data glusterfs_failover _netdev,nofail 0 0\n"
    node.host.run("sh", "-c", 'printf %s "$1" >> /etc/fstab', "sh", line)
    try:
        code, said = node.heal()
        assert code == 1
        assert "/srv/pod/data is a symbolic link, by which the path leads to /srv/victim" in said
        assert "symbolic link" in node.row("/srv/pod/data")["why"]
        node.host.run("mount.glusterfs_failover", "gfs1,gfs2,gfs3:/web", "/srv/pod/data", check=False)
        task = node.lab.mount(path="/srv/pod/data", volume="web", servers=["gfs1"], fstab="none")
        assert task.failed
        assert "symbolic link" in task.message
        assert set(node.rows()) == {PATH, "/srv/pod/data"}
        assert "/srv/victim" not in node.host.run("cat", "/proc/self/mountinfo")
    finally:
        node.host.run("sed", "-i", "/srv.pod/d", "/etc/fstab")
        node.host.run("rm", "-r", "/srv/pod", "/srv/victim")


def test_nobody_puts_anything_beside_a_sealed_mount_point(node):
    """As the root of a pod could that sees the directory above, which has no right to lift that."""
    path = "/srv/sealed/data"
    wanted = {"path": path, "volume": "web", "servers": ["gfs1", "gfs2", "gfs3"], "fstab": "none"}
    made = node.lab.mount(**wanted, opts=["x-failover.seal"])
    assert not made.failed, made.message
    assert made.values.get("warnings", []) == []
    try:
        assert immutable(node, "/srv/sealed")
        for command in ("touch /srv/sealed/x", "ln -s / /srv/sealed/x", f"umount {path}; mv {path} /srv/sealed/x"):
            assert "not permitted" in node.host.run("sh", "-c", f"{command} 2>&1", check=False)
        again = node.lab.mount(**wanted, opts=["x-failover.seal"])
        assert not again.failed, again.message
        assert node.row(path)["state"] == "healthy"
    finally:
        node.host.run(
            "sh", "-c", f"umount {path}; chattr -i /srv/sealed; chattr -i {path}; rm -r /srv/sealed", check=False
        )
