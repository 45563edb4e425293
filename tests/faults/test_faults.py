# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module against real servers that fail in each of the ways of the table, and against itself."""

from __future__ import annotations

import pytest

from .conftest import PATH, traces
from .faults import FAULTS
from .lab import PEERS, eventually

WEB = {"path": PATH, "volume": "web", "servers": list(PEERS)}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_of_the_first_server_or_of_the_volume(fault, lab, empty_task):
    arguments = {**WEB, "servers": list(fault.servers), "order": "listed", **fault.arguments}
    with fault.make(lab):
        result = lab.mount(**arguments)
        print(f"{fault.name}: {result.seconds - empty_task:.2f} s above an empty task, {result.values.get('server')}")
        assert result.seconds - empty_task < fault.seconds
        if fault.mounts:
            assert not result.failed, result.message
            works(lab, result, fault)
        else:
            assert result.failed
            for text in fault.message:
                assert text in result.message
            assert traces(lab.node) == []
    assert result.outcomes(fault.servers[0])[-1:] == [fault.outcome]


def works(lab, result, fault):
    """The mount takes data, says truly which server it uses, and a second run leaves it alone."""
    faulty = fault.servers[0]
    assert result.values["server"] in PEERS
    assert result.values["server"] != faulty or fault.outcome == "ok"
    assert read_back(lab.node, "written through the mount") == "written through the mount"
    again = lab.mount(**{**WEB, "servers": list(fault.servers), "order": "listed", **fault.arguments})
    assert (again.failed, again.values.get("changed")) == (False, False), again.values


def read_back(node, text):
    node.python("import sys; open(sys.argv[1], 'w').write(sys.argv[2])", f"{PATH}/probe", text)
    return node.run("cat", f"{PATH}/probe")


def test_a_mount_whose_client_was_killed_is_healed(lab, empty_task):
    assert lab.mount(**WEB).values["changed"]
    lab.node.signal("KILL", f"glusterfs .*{PATH}$")
    eventually(lambda: not lab.node.pids(f"glusterfs .*{PATH}$"), 10, "the client is gone")
    healed = lab.mount(**WEB)
    assert healed.seconds - empty_task < 3
    assert (healed.failed, healed.values.get("healed"), healed.values.get("changed")) == (False, True, True), (
        healed.values
    )
    assert read_back(lab.node, "after healing") == "after healing"
    assert not lab.mount(**WEB).values["changed"]


def test_two_runs_at_once_on_one_path_make_one_mount(lab, empty_task):
    both = [lab.start("mount", **WEB) for _run in range(2)]
    results = [lab.finish(run) for run in both]
    assert max(result.seconds for result in results) - empty_task < 5
    assert [result.failed for result in results] == [False, False], [result.message for result in results]
    assert sorted(result.values["changed"] for result in results) == [False, True]
    assert len([trace for trace in traces(lab.node) if trace.startswith("process")]) == 1
    assert len([line for line in lab.node.run("cat", "/proc/mounts").splitlines() if f" {PATH} " in line]) == 1
    assert lab.node.run("grep", "-c", PATH, "/etc/fstab").strip() == "1"


def test_a_mount_in_use_is_not_torn_away(lab):
    assert not lab.mount(**WEB).failed
    with lab.node.in_background(f"import os, time\nos.chdir('{PATH}')\nprint('ready')\ntime.sleep(120)"):
        for state in ("unmounted", "remounted"):
            refused = lab.mount(**{**WEB, "state": state})
            assert refused.failed
            assert "in use by python3" in refused.message
        assert read_back(lab.node, "still there") == "still there"
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


def test_server_info_tells_who_serves_what(lab):
    seen = lab.use("server_info", servers=["gfs1", "stranger", "nobody"], volumes=["web", "nowhere"]).values["servers"]
    assert [server["reachable"] for server in seen] == [True, True, False]
    assert [server["volumes"]["web"]["outcome"] for server in seen] == ["ok", "no volume", "unresolved"]
    assert seen[0]["volumes"]["nowhere"]["served"] is False
    assert [brick["state"] for brick in seen[0]["volumes"]["web"]["bricks"]] == ["up"] * 3
