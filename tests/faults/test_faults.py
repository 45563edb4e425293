# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module against real servers that fail in each of the ways of the table."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab import PATH, PEERS
from ansible_collections.evenkeel.glusterfs.tests.lab.traces import traces

from .conftest import cleared
from .faults import FAULTS

ROWS = [pytest.param(fault, id=fault.name, marks=[pytest.mark.long] * fault.long) for fault in FAULTS]

CUT_OFF_SECONDS = 1.5
"""What a silent host may cost."""


@pytest.mark.parametrize("fault", ROWS)
def test_what_holds_under_a_fault(fault, lab, unhindered):
    arguments = {"path": PATH, "volume": "web", "servers": list(fault.servers), "order": "listed", **fault.arguments}
    path = arguments["path"]
    node = lab.node
    with fault.make(lab):
        before = traces(node, path)
        result = lab.mount(**arguments)
        print(f"{fault.name}: {result.seconds:.2f} s, {result.values.get('server')}")
        if fault.mounts:
            assert not result.failed, result.message
            assert result.values["server"] in {*PEERS, *fault.servers}
            assert result.values["server"] != fault.servers[0] or fault.outcome == "ok"
            assert fault.warning in str(result.values.get("warnings", []))
            if fault.writes:
                node.write(f"{path}/probe", "written through the mount")
                assert node.run("cat", f"{path}/probe") == "written through the mount"
            fault.holds(lab)
            again = lab.mount(**arguments)
            assert (again.failed, again.values.get("changed")) == (False, False), again.values
            cleared(lab, path)
        else:
            assert result.failed
            for text in fault.message:
                assert text in result.message
            assert traces(node, path) == before
    assert result.outcomes(fault.servers[0])[-1:] == ([fault.outcome] if fault.outcome else [])
    assert {attempt["server"] for attempt in result.values["attempts"] if attempt["outcome"] == "cut off"} == {
        *fault.cut_off
    }
    for attempt in result.values["attempts"]:
        if attempt["outcome"] == "cut off":
            assert "answered none of" in attempt["detail"]
            assert f"the client was disconnected from {attempt['server']}:/bricks/" in attempt["detail"]
    if fault.cut_off:
        assert result.values["attempts"][-1]["seconds"] < CUT_OFF_SECONDS + unhindered, "from the client's start on"
    assert result.seconds < fault.seconds + 1.1 * unhindered
