# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A list of mounts in one task, while servers fail, mounts are used and the run is ended."""

from __future__ import annotations

import random
import time

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS, eventually
from ansible_collections.evenkeel.glusterfs.tests.lab.traces import traces

from .conftest import cleared
from .faults import FAULTS

pytestmark = pytest.mark.long

TOP = "/srv/list"
PATHS = [f"{TOP}/{number}" for number in range(8)]
ABOVE, BELOW, UNKEPT = f"{TOP}/above", f"{TOP}/above/deep/below", f"{TOP}/unkept"
GROUP = "of-this-test"


def ensure(lab, entries, **more):
    entries = [entry if isinstance(entry, dict) else {"path": entry} for entry in entries]
    return lab.use("mounts", mounts=entries, **{"volume": "web", "servers": list(PEERS), "group": GROUP, **more})


@pytest.fixture(autouse=True)
def _all_gone(lab, clean):
    """The node as before, but for the directories that stay with their guard."""
    yield
    gone = ensure(lab, [], exclusive=True)
    assert not gone.failed, gone.message
    for path in (BELOW, ABOVE, UNKEPT, *PATHS):
        cleared(lab, path)


def states(result):
    return [entry["mount"].get("state") for entry in result.values["mounts"]]


def whole(lab, path):
    """Whether a path has a mount, its client and its line; or nothing of these."""
    found = [
        trace.split()[0 if trace.startswith("process") else 2]
        for trace in traces(lab.node, path)
        if "directory" not in trace
    ]
    return sorted(found) in ([], ["fuse.glusterfs", "glusterfs", "process"])


def test_a_list_is_mounted_in_order_and_what_is_not_listed_any_more_goes(lab):
    entries = [BELOW, {"path": ABOVE, "volume": "pages"}, {"path": UNKEPT, "fstab": "none"}, *PATHS[:2]]
    foretold = ensure(lab, entries, check=True)
    assert (foretold.failed, foretold.values["changed"], traces(lab.node, ABOVE)) == (False, True, [])
    made = ensure(lab, entries)
    assert (made.failed, states(made)) == (False, ["healthy"] * 5), made.message
    again = ensure(lab, entries)
    assert (again.failed, again.values["changed"]) == (False, False), again.values
    lab.node.run("umount", PATHS[0])
    lab.node.run("mount", PATHS[0])  # its line, with the group in it, is one that mount.glusterfs reads

    fewer = ensure(lab, PATHS[:1], exclusive=True, check=True)
    assert fewer.values["changed"]
    assert states(ensure(lab, entries)) == ["healthy"] * 5, "check mode took nothing away"
    with lab.node.in_background(
        f"import os, time; os.chdir({PATHS[1]!r}); print('ready', flush=True); time.sleep(100)"
    ):
        fewer = ensure(lab, PATHS[:1], exclusive=True)
        assert (fewer.failed, sorted(fewer.values["removed"])) == (False, sorted([ABOVE, BELOW, UNKEPT])), fewer.message
        assert [kept["path"] for kept in fewer.values["kept"]] == [PATHS[1]]
        assert "python3" in fewer.values["kept"][0]["msg"]
    assert whole(lab, PATHS[1])
    assert traces(lab.node, ABOVE) == [f"directory {ABOVE}"]
    assert lab.node.run("sh", "-c", f"touch {ABOVE}/x 2>&1 || true").strip().endswith("Operation not permitted")
    assert ensure(lab, PATHS[:1], exclusive=True).values["removed"] == [PATHS[1]]


def test_what_another_task_has_mounted_stays_and_is_named(lab):
    other = lab.mount(path=UNKEPT, volume="web", servers=list(PEERS), fstab="none")
    assert not other.failed, other.message
    result = ensure(lab, PATHS[:1], exclusive=True)
    assert (result.values["removed"], result.values["in_no_list"]) == ([], [UNKEPT])
    assert any(UNKEPT in str(warning) for warning in result.values["warnings"])


def test_many_mounts_while_a_server_drops_all_packets_take_little_longer_than_one(lab):
    fault = next(fault for fault in FAULTS if fault.name == "host drops all packets")
    with fault.make(lab):
        one = ensure(lab, PATHS[:1], order="listed")
        ensure(lab, [], exclusive=True)
        all_of_them = ensure(lab, PATHS, order="listed")
    assert not one.failed, one.message
    assert not all_of_them.failed, all_of_them.message
    # 1.5 x on a calm machine, which tests/bench measures; one after the other they would take eight times as long.
    assert all_of_them.seconds < 3 * one.seconds, (one.seconds, all_of_them.seconds)


def test_one_that_fails_holds_up_no_other(lab):
    started = time.monotonic()
    entries = [{"path": PATHS[0], "volume": "none-such"}, {"path": f"{PATHS[0]}/deep"}, PATHS[1]]
    result = ensure(lab, entries)
    assert time.monotonic() - started < 20
    assert result.failed
    first, second = result.message.splitlines()
    assert first.startswith(f"{PATHS[0]}: no server has a volume none-such")
    assert all(server in first for server in PEERS)
    assert second == f"{PATHS[0]}/deep was not tried, since {PATHS[0]}, which it lies on, is not mounted"
    assert states(result) == [None, None, "healthy"]
    assert traces(lab.node, PATHS[0]) == []


def test_a_run_that_is_asked_to_end_leaves_each_mount_whole_or_none(lab):
    rng = random.Random(20)
    for _moment in range(6):
        after = rng.uniform(0.2, 1.5)
        started = lab.start(
            "mounts", volume="web", servers=list(PEERS), group=GROUP, mounts=[{"path": path} for path in PATHS]
        )
        time.sleep(after)  # the moment
        lab.node.run("pkill", "-TERM", "-f", "modules.mounts", check=False)
        result = lab.finish(started, timeout=60)
        assert [path for path in PATHS if not whole(lab, path)] == [], f"after {after:.3f} s"
        if result and result.failed:
            assert "interrupted by SIGTERM" in result.message, after
            left = [path for path in PATHS if f" {path} " in lab.node.run("cat", "/proc/mounts")]
            assert left == [entry["mount"]["path"] for entry in result.values["mounts"] if not entry["failed"]], (
                f"after {after:.3f} s"
            )
        ensure(lab, [], exclusive=True)
        eventually(lambda: not lab.node.pids(f"glusterfs .*{TOP}/"), 10, "the clients have ended")
