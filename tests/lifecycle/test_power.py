# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ends a run before its time, and what two runs at once do: afterwards the same task, plainly run again, ends it, and every file is there.

On the hosts that test_lifecycle.py leaves: a pool without volumes.
"""

from __future__ import annotations

import json
import re
import struct
import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import brick_files
from ansible_collections.evenkeel.glusterfs.tests.lab import eventually, podman

from .conftest import PATH
from .user import check_files, make_files, task

HOSTS = ("gfs1", "gfs2", "stranger")
FIRST = "gfs1"


def volume(lab, name, **arguments):
    done = task(lab, "volume", name=name, **arguments)
    assert not done.failed, done.message
    return done.values


def cut_off(lab, when, **arguments):
    """Run a task of the volume module, and kill it on its host as soon as ``when`` is true."""
    argv = ["ansible", FIRST, "--inventory", lab.inventory, "--module-name", "evenkeel.glusterfs.volume"]
    process = subprocess.Popen(
        [*argv, "--args", json.dumps(arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        eventually(lambda: when() or process.poll() is not None, 120, "the run is where it shall be cut off")
        assert process.poll() is None, process.communicate()[0].decode()
        lab.host(FIRST).signal("KILL", "/usr/bin/python3")
    finally:
        process.kill()
        process.communicate(timeout=30)


def gluster(lab, *words, check=True):
    return lab.host(FIRST).run("gluster", "--mode=script", *words, check=check, timeout=150)


def removes(lab, name):
    # It is refused while the run that is looked at has the lock.
    return "Remove brick" in gluster(lab, "volume", "status", name, "tasks", check=False)


def up(lab, name):
    """Whether all bricks run that the volume has; a removal may have come to its end before its run was told."""
    bricks = re.findall(r"^Brick\d+: ", gluster(lab, "volume", "info", name), re.MULTILINE)
    return gluster(lab, "volume", "status", name, check=False).count(" Y ") >= len(bricks)


@pytest.fixture
def mounted(lab):
    """mounted(name): the volume is mounted on the node until the test ends."""

    def mount(name):
        done = task(lab, "mount", on="node1", path=PATH, volume=name, servers=[FIRST, "gfs2"], fstab="none")
        assert not done.failed, done.message

    yield mount
    assert not task(lab, "mount", on="node1", path=PATH, state="absent").failed


@pytest.fixture
def name(lab):
    """Of a volume for one test, which is deleted in the end."""
    name = f"power-{uuid.uuid4().hex[:8]}"
    yield name
    volume(lab, name, state="absent", confirm=name)


def test_the_same_task_on_all_servers_at_once_makes_one_volume(lab, name):
    """Who forgets run_once."""
    arguments = {"name": name, "state": "started", "replica": 3, "bricks": [f"{host}:/bricks/{name}" for host in HOSTS]}
    with ThreadPoolExecutor() as threads:
        done = list(threads.map(lambda host: task(lab, "volume", on=host, **arguments), HOSTS))
    assert not [run.message for run in done if run.failed]
    assert not volume(lab, **arguments)["changed"]


def test_a_shrink_that_was_cut_off_is_ended_by_the_next_run(lab, name, mounted):
    bricks = [f"{host}:/bricks/{name}" for host in HOSTS[:2]]
    volume(lab, name, state="started", bricks=bricks)
    mounted(name)
    make_files(lab.node, f"{PATH}/kept", 400)
    cut_off(lab, lambda: removes(lab, name), name=name, bricks=bricks[:1])
    done = volume(lab, name, bricks=bricks[:1])
    assert done["steps"] == [f"remove {bricks[1]}"]
    assert not any("force" in command for command in done["commands"])
    assert not volume(lab, name, bricks=bricks[:1])["changed"]
    assert check_files(lab.node) == 400


def test_a_removal_that_failed_is_begun_anew_by_the_next_run(lab, name, mounted):
    """GlusterFS takes none beside it, and advises to commit it, by force."""
    bricks = [f"{host}:/bricks/{name}" for host in HOSTS[:2]]
    volume(lab, name, state="started", bricks=bricks)
    mounted(name)
    make_files(lab.node, f"{PATH}/kept", 400)
    gluster(lab, "volume", "remove-brick", name, bricks[1], "start")
    lab.host("gfs2").signal("KILL", f"glusterfs .*rebalance/{name}")
    eventually(lambda: "failed" in gluster(lab, "volume", "status", name, "tasks"), 30, "the removal has failed")
    done = volume(lab, name, bricks=bricks[:1])
    words = [command.rpartition(" ")[2] for command in done["commands"] if "remove-brick" in command]
    assert words[:2] == ["stop", "start"]
    assert words[-1] == "commit"
    assert check_files(lab.node) == 400


def test_a_shrink_during_which_the_server_loses_power_loses_no_file(lab, name, mounted):
    bricks = [f"{host}:/bricks/{name}" for host in (FIRST, "stranger")]
    volume(lab, name, state="started", bricks=bricks)
    mounted(name)
    make_files(lab.node, f"{PATH}/kept", 400)
    stranger = lab.host("stranger")
    with ThreadPoolExecutor() as threads:
        run = threads.submit(task, lab, "volume", name=name, bricks=bricks[:1], timeout_migrate=60)
        eventually(lambda: removes(lab, name) or run.done(), 120, "files are migrated")
        podman("kill", stranger.container)
        run.result()
    podman("start", stranger.container)
    stranger.run("systemctl", "is-system-running", "--wait", check=False, timeout=150)
    stranger.start_glusterd()
    eventually(lambda: up(lab, name), 60, "bricks are back")
    again = task(lab, "volume", name=name, bricks=bricks[:1], timeout_migrate=200)
    # A file that was on its way at that moment GlusterFS does not move any more, and says that none failed and none was skipped. The message says
    # how it moves.
    for path in re.findall(rf"'{bricks[1]}(/kept/.*?)'", again.message):
        file = f"{PATH}{path}"
        lab.node.run("cp", "-p", file, f"{file}.new")
        lab.node.run("mv", f"{file}.new", file)
    if again.failed:
        assert f"still there: '{bricks[1]}/kept/" in again.message, again.message
        again = task(lab, "volume", name=name, bricks=bricks[:1], timeout_migrate=200)
    assert not again.failed, again.message
    assert not any(command.endswith("force") for command in again.values["commands"])
    assert check_files(lab.node) == 400


_OLD = """
import json, os, sys
file = sys.argv[1]
more = {name: os.getxattr(file, name).hex() for name in os.listxattr(file) if name.startswith("trusted.")}
print(json.dumps([more, os.stat(file).st_mtime_ns, open(file, "rb").read().hex()]))
"""

_TWIN = """
import json, os, sys
brick, path, told = sys.argv[1:]
more, time, content = json.loads(told)
gfid = more["trusted.gfid"]
uuid = "-".join((gfid[:8], gfid[8:12], gfid[12:16], gfid[16:20], gfid[20:]))
file, link = f"{brick}/{path}", f"{brick}/.glusterfs/{gfid[:2]}/{gfid[2:4]}/{uuid}"
with open(file, "wb") as written:
    written.write(bytes.fromhex(content))
os.chmod(file, 0o3644)
for name, value in more.items():
    os.setxattr(file, name, bytes.fromhex(value))
os.utime(file, ns=(time, time))
os.makedirs(os.path.dirname(link), mode=0o700, exist_ok=True)
os.link(file, link)
"""


_NOBODY = 2**32 - 1
_ACL = struct.pack("<I" + 5 * "HHI", 2, 1, 6, _NOBODY, 2, 4, 1000, 4, 0, _NOBODY, 16, 4, _NOBODY, 32, 4, _NOBODY)
"""user::rw-, user:1000:r--, group::---, mask::r--, other::r--: shows as mode 644 (linux/posix_acl_xattr.h)."""


def leave_behind(lab, name, content=None, acl=b""):
    """Put a file of the first brick on the second one too, as it is there between the last two steps of its move; its path, and how to take it away."""
    brick = f"/bricks/{name}"
    first, second = lab.host(FIRST), lab.host("gfs2")
    path = first.run("sh", "-c", f"cd {brick} && find kept -type f -size +0 -perm 644 | head -n 1").strip()
    more, *old = json.loads(first.python(_OLD, f"{brick}/{path}"))
    more["trusted.glusterfs.dht.linkto"] = f"{name}-client-0\0".encode().hex()
    if acl:
        more["system.posix_acl_access"] = acl.hex()
    told = [more, *old] if content is None else [more, old[0], content.hex()]
    second.python(_TWIN, brick, path, json.dumps(told))
    return path, lambda: second.run("find", brick, "-samefile", f"{brick}/{path}", "-delete")


def test_a_file_that_was_as_good_as_moved_when_its_server_lost_power_holds_up_no_shrink(lab, name, mounted):
    bricks = [f"{host}:/bricks/{name}" for host in HOSTS[:2]]
    volume(lab, name, state="started", bricks=bricks)
    mounted(name)
    make_files(lab.node, f"{PATH}/kept", 40)
    leave_behind(lab, name)
    done = volume(lab, name, bricks=bricks[:1])
    assert done["steps"][-1] == f"remove {bricks[1]}"
    assert not any("force" in command for command in done["commands"])
    assert check_files(lab.node) == 40


@pytest.mark.parametrize("other", [{"content": b"other"}, {"acl": _ACL}], ids=["content", "ACL"])
def test_a_file_that_is_another_one_at_its_old_place_holds_up_a_shrink_until_somebody_has_looked(
    lab, name, mounted, other
):
    bricks = [f"{host}:/bricks/{name}" for host in HOSTS[:2]]
    volume(lab, name, state="started", bricks=bricks)
    mounted(name)
    make_files(lab.node, f"{PATH}/kept", 40)
    path, take_away = leave_behind(lab, name, **other)
    refused = task(lab, "volume", name=name, bricks=bricks[:1])
    assert refused.failed
    assert f"still there: '{bricks[1]}/{path}'" in refused.message
    assert len(volume(lab, name, bricks=bricks)["steps"]) == 0, "both bricks are still in the volume"
    take_away()
    assert volume(lab, name, bricks=bricks[:1])["changed"]
    assert check_files(lab.node) == 40


def test_an_empty_file_of_the_mode_of_a_pointer_is_one_of_the_files_of_a_brick(lab, name, mounted):
    bricks = [f"{host}:/bricks/{name}" for host in HOSTS[:2]]
    volume(lab, name, state="started", bricks=bricks)
    mounted(name)
    # Those whose new name belongs on the other brick leave a pointer there.
    lab.node.run(
        "sh",
        "-c",
        f"cd {PATH} && for n in $(seq 40); do : >empty$n; chmod 1000 empty$n; : >old$n; mv old$n new$n; done",
    )
    hosts = [lab.host(host) for host in HOSTS[:2]]
    alike = sum(int(host.run("sh", "-c", f"find /bricks/{name}/* -perm 1000 -size 0 | wc -l")) for host in hosts)
    assert alike > 40, "no file has a pointer"
    told = [host.python(brick_files._LIST, f"/bricks/{name}", "files").split("\0") for host in hosts]
    seen = sorted(path for paths in told for path in paths if path and not path.startswith("/.glusterfs/"))
    assert seen == sorted(f"/{kind}{number}" for kind in ("empty", "new") for number in range(1, 41))


def test_a_brick_that_alone_has_what_was_written_last_is_not_replaced_before_the_others_have_it(lab, name, mounted):
    old, other, new = (f"{host}:/bricks/{name}" for host in HOSTS)
    volume(lab, name, state="started", replica=2, bricks=[old, other], options={"cluster.quorum-type": "none"})
    mounted(name)
    lab.host("gfs2").signal("KILL", f"glusterfsd.*bricks-{name}")
    gluster(lab, "volume", "set", name, "cluster.self-heal-daemon", "off")
    make_files(lab.node, f"{PATH}/alone", 50)
    gluster(lab, "volume", "start", name, "force")
    refused = task(lab, "volume", name=name, bricks=[new, other], timeout_heal=10)
    assert "its option cluster.self-heal-daemon is off" in refused.message
    assert check_files(lab.node) == 50
    gluster(lab, "volume", "set", name, "cluster.self-heal-daemon", "on")
    volume(lab, name, bricks=[new, other])
    assert check_files(lab.node) == 50


def test_a_replacement_that_was_cut_off_is_healed_when_the_next_run_ends(lab, name, mounted):
    old, other, new = (f"{host}:/bricks/{name}" for host in HOSTS)
    volume(lab, name, state="started", replica=2, bricks=[old, other])
    mounted(name)
    make_files(lab.node, f"{PATH}/kept", 400)
    cut_off(lab, lambda: new in gluster(lab, "volume", "info", name), name=name, bricks=[new, other])
    assert volume(lab, name, bricks=[new, other])["steps"] == [f"heal {new}"]
    assert task(lab, "heal_info", name=name).values["healed"]
    assert not volume(lab, name, bricks=[new, other])["changed"]
    assert check_files(lab.node) == 400


def test_a_brick_whose_process_died_is_not_reset_and_keeps_its_data(lab, name, mounted):
    bricks = [f"{host}:/bricks/{name}" for host in HOSTS]
    volume(lab, name, state="started", replica=3, bricks=bricks)
    mounted(name)
    make_files(lab.node, f"{PATH}/kept", 50)
    for host, told in ((FIRST, "has its data still"), ("gfs2", "Brick not available")):
        lab.host(host).signal("KILL", f"glusterfsd.*bricks-{name}")
        refused = task(lab, "volume", name=name, reset=[f"{host}:/bricks/{name}"])
        assert refused.failed
        assert told in refused.message
        assert "force" in refused.message.partition(told)[2], "it tells how to bring it up"
        assert lab.host(host).exists(f"/bricks/{name}/kept/1/1")
        gluster(lab, "volume", "start", name, "force")
        eventually(
            lambda: gluster(lab, "volume", "status", name, check=False).count(" Y ") >= 3, 60, "all bricks are online"
        )
    assert task(lab, "heal_info", name=name).values["disconnected"] == []
    assert check_files(lab.node) == 50
