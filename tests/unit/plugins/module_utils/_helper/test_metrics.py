# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""gluster-failover metrics: the text format, the counters of healing, and what a node tells of its mounts."""

from __future__ import annotations

import os

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._helper import cli, counters
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._helper.counters import Counters
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._helper.exposition import Metric, Sample, text
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import lock
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_systemd import SystemdMachine
from ansible_collections.evenkeel.glusterfs.tests.unit.fakes import FakeStrands
from ansible_collections.evenkeel.glusterfs.tests.unit.machine import DEAD, HUNG


@pytest.fixture
def machine(tmp_path):
    made = SystemdMachine(tmp_path)
    os.mkdir(made.path)
    return made


@pytest.fixture
def call(machine, tmp_path):
    def run(*argv, opts=None):
        lines = []
        argv = ["--fstab", machine.fstab(tmp_path, opts), *argv]
        return cli.main(argv, machine.node, lines.append, FakeStrands(machine.clock)), "\n".join(lines)

    return run


@pytest.fixture
def series(call):
    """series(): each series of the node as a dictionary."""

    def read():
        code, told = call("metrics")
        assert code == 0
        return dict(line.rsplit(" ", 1) for line in told.splitlines() if not line.startswith("#"))

    return read


# -- the format


def test_a_family_has_its_help_and_type_once_and_no_samples_have_no_family():
    gauge = Metric("a_seconds", "gauge", "Words.", [Sample(1, {"x": "1"}), Sample(2.5, {"x": "2"})])
    assert text([gauge, Metric("b", "gauge", "None.", [])]) == (
        '# HELP a_seconds Words.\n# TYPE a_seconds gauge\na_seconds{x="1"} 1\na_seconds{x="2"} 2.500000\n'
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [('a"b', r"a\"b"), ("a\\b", r"a\\b"), ("a\nb", r"a\\nb"), ("\udcff", r"\\udcff"), ("ü", "ü")],
)
def test_a_label_has_any_value_and_ends_no_line(value, written):
    told = text([Metric("a", "gauge", "b", [Sample(1, {"x": value})])])
    assert told.splitlines()[2] == f'a{{x="{written}"}} 1'
    assert told.encode("utf-8")


def test_no_series_comes_twice():
    same = [Sample(1, {"x": "a\n"}), Sample(2, {"x": "a\\n"}), Sample(3, {"x": "b"})]
    assert text([Metric("a", "gauge", "b", same)]).splitlines()[2:] == [r'a{x="a\\n"} 1', 'a{x="b"} 3']


# -- a node


@pytest.mark.parametrize(("answers", "failed"), [("healthy", "0"), (DEAD, "1"), (HUNG, "1")])
def test_a_mount_is_in_one_state_of_all(machine, series, answers, failed):
    machine.add_gluster(answers=answers)
    told = series()
    states = {name: value for name, value in told.items() if name.startswith("gluster_failover_mount_state{")}
    assert len(states) == 9
    assert [name for name, value in states.items() if value == "1"] == [
        f'gluster_failover_mount_state{{path="{machine.path}",state="{answers}"}}'
    ]
    assert told[f'gluster_failover_mount_failed{{path="{machine.path}"}}'] == failed


def test_server_and_bricks_of_a_mount_are_told(machine, series):
    machine.add_gluster()
    machine.down = {"gfs3"}
    told = series()
    assert told[f'gluster_failover_mount_info{{path="{machine.path}",volume="web",subdir="",server="gfs1"}}'] == "1"
    assert told[f'gluster_failover_mount_bricks{{path="{machine.path}"}}'] == "3"
    assert told[f'gluster_failover_mount_bricks_connected{{path="{machine.path}"}}'] == "2"


def test_a_guard_in_force_is_told_and_one_below_a_mount_that_hangs_is_not_asked_for(machine, series):
    machine.add_gluster()
    name = f'gluster_failover_mount_guarded{{path="{machine.path}"}}'
    assert series()[name] == "0"
    machine.guarded.add(machine.path)
    assert series()[name] == "1"
    machine.mounts.clear()
    machine.add_mount(path=str(machine.parent), answers=HUNG)
    machine.change(read_guard=None)
    assert name not in series()


def test_healing_is_counted(machine, call, series):
    machine.add_gluster(answers=DEAD)
    assert call("heal")[0] == 0
    assert call("heal")[0] == 0
    told = series()
    assert told["gluster_failover_heal_runs_total"] == "2"
    assert told[f'gluster_failover_heals_total{{path="{machine.path}",result="healed"}}'] == "1"
    assert float(told["gluster_failover_heal_last_run_timestamp_seconds"]) > 1e9
    assert int(told['gluster_failover_attempts_total{server="gfs1",outcome="ok"}']) >= 1


def test_the_file_is_whole_and_for_everybody_to_read(machine, call, tmp_path):
    machine.add_gluster()
    path = tmp_path / "gluster_failover.prom"
    path.write_text("old")
    assert call("metrics", "--output", str(path)) == (0, "")
    assert path.read_text().startswith("# HELP gluster_failover_mount_state ")
    assert path.stat().st_mode & 0o777 == 0o644
    code, told = call("metrics", "--output", str(tmp_path / "none" / "file"))
    assert (code, "No such file" in told) == (2, True)


# -- the counters


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"runs": 1}', '{"runs": [], "last_run": 1, "heals": [], "attempts": []}']
)
def test_a_file_of_counters_that_is_none_counts_from_zero(machine, tmp_path, content):
    folder = str(tmp_path / "counters")
    os.mkdir(folder)
    (tmp_path / "counters" / "heal.counters").write_text(content)
    assert counters.read(folder) == Counters()
    counters.add(folder, Counters(1, 5.0, {("/a", "healed"): 1}), machine.clock)
    counters.add(folder, Counters(1, 7.0, {("/a", "healed"): 2}, {("gfs1", "ok"): 3}), machine.clock)
    assert counters.read(folder) == Counters(2, 7.0, {("/a", "healed"): 3}, {("gfs1", "ok"): 3})


def test_healing_is_no_worse_for_a_counter_that_cannot_be_written(machine, call):
    machine.add_gluster()
    folder = machine.node.host.lock_directory
    with lock.hold(f"{folder}/heal.counters.lock", 1, machine.clock):
        code, told = call("heal")
    assert (code, told.startswith("what this run did is not counted: another process has held")) == (0, True)
