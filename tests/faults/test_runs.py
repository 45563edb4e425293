# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What else can happen to a run of the module, before, during and after it."""

from __future__ import annotations

import random
import time

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab import PATH, PEERS, eventually
from ansible_collections.evenkeel.glusterfs.tests.lab.traces import traces

from .conftest import cleared
from .faults import BRICKS, GLUSTERD, frozen, glusterd_stopped, volume_stopped, with_option

WEB = {"path": PATH, "volume": "web", "servers": list(PEERS)}
PAGES = {**WEB, "volume": "pages", "timeout_total": 8}
CLIENT = f"glusterfs .*{PATH}$"
MODULE = "modules.mount"


def read_back(node, text, path=PATH):
    node.write(f"{path}/probe", text)
    return node.run("cat", f"{path}/probe")


def works(lab, path=PATH):
    """One mount, one client, one line in fstab, and data goes through."""
    assert read_back(lab.node, "through the mount", path) == "through the mount"
    found = traces(lab.node, path)
    kinds = [
        "process" if trace.startswith("process") else trace.split()[2] for trace in found if "directory" not in trace
    ]
    assert sorted(kinds) == ["fuse.glusterfs", "glusterfs", "process"], found


# -- after the mount


def test_a_mount_whose_client_was_killed_is_healed(lab):
    assert lab.mount(**WEB).values["changed"]
    lab.node.signal("KILL", CLIENT)
    eventually(lambda: not lab.node.pids(CLIENT), 10, "the client is gone")
    healed = lab.mount(**WEB)
    assert healed.seconds < 3
    assert (healed.failed, healed.values.get("healed"), healed.values.get("changed")) == (False, True, True), (
        healed.values
    )
    works(lab)
    assert not lab.mount(**WEB).values["changed"]


@pytest.mark.long
def test_a_run_that_fails_says_what_it_has_done_and_the_next_one_that_it_has_done_nothing(lab):
    """It takes a dead mount away before it finds that clients are refused."""
    assert lab.mount(**PAGES).values["changed"]
    lab.node.signal("KILL", CLIENT)
    eventually(lambda: not lab.node.pids(CLIENT), 10, "the client is gone")
    with with_option("auth.reject", "*")(lab):
        failed = lab.mount(**PAGES)
        assert (failed.failed, failed.values["changed"]) == (True, True), failed.values
        done = [command.split()[0].rpartition("/")[2] for command in failed.values["commands"]]
        assert done[0] == "umount"
        assert {"systemd-run", "glusterfs"} & set(done[1:])
        again = lab.mount(**PAGES)
        assert (again.failed, again.values["changed"]) == (True, False), again.values
    assert lab.mount(**PAGES).values["changed"]
    works(lab)


@pytest.mark.parametrize("state", ["present", "absent_from_fstab", "unmounted", "absent"])
def test_no_state_waits_for_a_mount_that_hangs(lab, state):
    assert lab.mount(**WEB).values["changed"]
    lab.node.signal("STOP", CLIENT)
    result = lab.mount(**{**WEB, "state": state})
    assert not result.failed, result.message
    assert result.seconds < 12


@pytest.mark.long
def test_a_mount_that_hangs_since_a_host_froze_is_healed(lab):
    assert lab.mount(**WEB).values["changed"]
    with frozen(GLUSTERD, BRICKS)(lab):
        healed = lab.mount(**{**WEB, "servers": ["gfs2", "gfs3"], "patience": 0})
        assert (healed.failed, healed.values.get("healed")) == (False, True), healed.values
        assert healed.seconds < 25
        works(lab)


@pytest.mark.long
def test_a_client_that_stalls_since_a_host_froze_keeps_its_open_files(lab):
    """When the time of network.ping-timeout is over it goes on by itself."""
    before = lab.mount(**WEB).values["mount"]["pid"]
    with frozen(GLUSTERD, BRICKS)(lab):
        kept = lab.mount(**WEB)
        assert (kept.failed, kept.values.get("changed"), kept.values["mount"]["pid"]) == (False, False, before)
        works(lab)


def test_a_mount_in_use_is_not_torn_away(lab):
    assert not lab.mount(**WEB).failed
    with lab.node.in_background(f"import os, time\nos.chdir('{PATH}')\nprint('ready')\ntime.sleep(120)"):
        for state in ("unmounted", "remounted"):
            refused = lab.mount(**{**WEB, "state": state})
            assert refused.failed
            assert "in use by python3" in refused.message
        works(lab)
    assert not lab.mount(path=PATH, state="unmounted").failed


def test_nothing_else_that_is_mounted_there_is_touched(lab):
    lab.node.run("mkdir", "-p", PATH)
    lab.node.run("mount", "-t", "tmpfs", "tmpfs", PATH)
    try:
        refused = lab.mount(**WEB)
        assert refused.failed
        assert "tmpfs from tmpfs" in refused.message
    finally:
        lab.node.run("umount", PATH)


def test_nothing_is_written_below_a_mount_that_is_absent(lab):
    node = lab.node
    node.run("install", "--directory", "--mode=0750", "--owner=nobody", PATH)
    mounted = lab.mount(**WEB)
    assert (mounted.values["guard"], mounted.values["guard_reason"]) == ("immutable", "")
    assert read_back(node, "the mount itself is written to") == "the mount itself is written to"
    unmounted = lab.mount(path=PATH, state="unmounted")
    assert unmounted.values["guard"] == "immutable"
    node.run("touch", f"{PATH}/lost", check=False)
    assert node.run("ls", "--almost-all", PATH) == ""
    assert node.run("stat", "--format", "%a %U", PATH) == "750 nobody\n"
    assert lab.mount(**WEB).values["changed"], "a guarded directory is mounted on"
    cleared(lab, PATH)


def test_a_directory_with_files_in_it_is_not_guarded(lab):
    node = lab.node
    node.run("sh", "-ec", f"mkdir {PATH}; touch {PATH}/mine")
    mounted = lab.mount(**WEB)
    assert mounted.values["guard"] == "none"
    assert mounted.values["guard_reason"] == "the directory below the mount is not empty"
    assert not lab.mount(path=PATH, state="absent").failed
    node.run("sh", "-ec", f"touch {PATH}/another; rm -r {PATH}")


# -- during the mount


def test_a_glusterd_that_restarts_meanwhile_is_no_hindrance(lab):
    run = lab.start("mount", order="listed", **WEB)
    with glusterd_stopped(lab):
        pass
    result = lab.finish(run)
    assert not result.failed, result.message
    assert result.seconds < 14
    works(lab)


@pytest.mark.parametrize(
    "after", [0.4, *(pytest.param(after, marks=pytest.mark.long) for after in (0.1, 0.2, 0.3, 0.6))]
)
def test_a_volume_that_is_stopped_meanwhile_is_mounted_or_not_and_nothing_in_between(lab, after):
    run = lab.start("mount", **PAGES)
    time.sleep(after)  # a moment within the run; there is nothing to wait for
    with volume_stopped(lab):
        result = lab.finish(run)
        if result.failed:
            assert traces(lab.node) == []
        else:
            assert [trace for trace in traces(lab.node) if " fuse.glusterfs " in trace]
    again = lab.mount(**PAGES)
    assert not again.failed, again.message
    works(lab)


@pytest.mark.parametrize("signal", ["TERM", "KILL"])
@pytest.mark.parametrize("moments", [4, pytest.param(20, marks=pytest.mark.long)])
def test_a_run_that_was_ended_at_any_moment_is_put_right_by_the_next(lab, signal, moments):
    rng = random.Random(moments)
    for _moment in range(moments):
        after = rng.uniform(0.05, 0.7)
        run = lab.start("mount", **WEB)
        time.sleep(after)  # the moment
        pids = lab.node.pids(MODULE)
        lab.node.run("kill", f"-{signal}", *pids, check=False)
        result = lab.finish(run, timeout=30)
        if signal == "TERM" and result and result.failed:
            assert "interrupted by SIGTERM" in result.message, after
            assert traces(lab.node) == [], f"after {after:.3f} s"
        right = lab.mount(**WEB)
        assert not right.failed, f"after {after:.3f} s: {right.message}"
        works(lab)
        cleared(lab, PATH)


# -- more than one


def test_two_runs_at_once_on_one_path_make_one_mount(lab):
    both = [lab.start("mount", **WEB) for _run in range(2)]
    results = [lab.finish(run) for run in both]
    assert max(result.seconds for result in results) < 5
    assert [result.failed for result in results] == [False, False], [result.message for result in results]
    assert sorted(result.values["changed"] for result in results) == [False, True]
    works(lab)


@pytest.mark.long
def test_twenty_runs_at_once_on_as_many_paths_lose_no_line_of_fstab(lab):
    paths = [f"/srv/many/{number}" for number in range(20)]
    before = lab.node.run("cat", "/etc/fstab")
    runs = [lab.start("mount", **{**WEB, "path": path}) for path in paths]
    results = [lab.finish(run) for run in runs]
    try:
        assert [result.message for result in results if result.failed] == []
        lines = lab.node.run("cat", "/etc/fstab")
        assert [path for path in paths if f" {path} " not in lines] == []
        for path in paths:
            works(lab, path)
    finally:
        for run in [lab.start("mount", path=path, state="absent") for path in paths]:
            assert not lab.finish(run).failed
        lab.node.run("rmdir", "/srv/many")
    assert lab.node.run("cat", "/etc/fstab") == before


# -- from elsewhere


def test_a_mount_made_by_a_oneshot_service_survives_its_end(lab):
    service = ("systemd-run", "--quiet", "--wait", "--pipe", "--collect", "--service-type=oneshot", "env")
    result = lab.finish(lab.start("mount", by=service, **WEB))
    assert not result.failed, result.message
    works(lab)
    assert not lab.mount(**WEB).values["changed"]


@pytest.mark.parametrize("state", ["mounted", "absent"])
def test_no_mount_is_called_made_or_gone_that_the_host_does_not_see_so(lab, state):
    """A unit with PrivateTmp sees what the host mounts, and not the other way round."""
    if state == "absent":
        assert not lab.mount(**WEB).failed
    before = traces(lab.node)
    service = ("systemd-run", "--quiet", "--wait", "--pipe", "--collect", "--property=PrivateTmp=yes", "env")
    refused = lab.finish(lab.start("mount", by=service, **WEB, state=state))
    assert refused.failed
    assert "only this run would see it" in refused.message
    assert traces(lab.node) == before


def test_an_empty_environment_is_enough(lab):
    result = lab.finish(lab.start("mount", by=("env", "-i"), **WEB))
    assert not result.failed, result.message
    works(lab)


def test_server_info_tells_who_serves_what(lab):
    seen = lab.use("server_info", servers=["gfs1", "stranger", "nobody"], volumes=["web", "nowhere"]).values["servers"]
    assert [server["reachable"] for server in seen] == [True, True, False]
    assert [server["volumes"]["web"]["outcome"] for server in seen] == ["ok", "no volume", "unresolved"]
    assert seen[0]["volumes"]["nowhere"]["served"] is False
    assert [brick["state"] for brick in seen[0]["volumes"]["web"]["bricks"]] == ["up"] * 3
