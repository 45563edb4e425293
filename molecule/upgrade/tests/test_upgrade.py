# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers and nodes after playbooks/upgrade.yml has run, twice."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS
from ansible_collections.evenkeel.glusterfs.tests.lab.inspected import gluster, inspected


@pytest.mark.parametrize("name", PEERS)
def test_a_server_runs_the_new_release_its_bricks_too(name):
    host = inspected(name)
    assert "glusterfs 11.1" in host.check_output("gluster --version")
    for process in ("glusterd", "glusterfsd"):
        for pid in host.check_output(f"pidof {process}").split():
            assert "(deleted)" not in host.file(f"/proc/{pid}/exe").linked_to
            assert "(deleted)" not in host.file(f"/proc/{pid}/maps").content_string


def test_bricks_outlive_glusterd_again_on_the_server_where_a_run_was_cut_off():
    """Such a run leaves a unit that ends with its bricks."""
    assert inspected("gfs1").check_output("systemctl show glusterd --property=KillMode") == "KillMode=process"


def test_a_client_runs_the_new_release_its_mounts_too_as_the_inventory_describes_them():
    node = inspected("node2")
    assert "glusterfs 11.1" in node.check_output("glusterfs --version")
    (pid,) = node.check_output("pidof glusterfs").split()
    assert "(deleted)" not in node.file(f"/proc/{pid}/exe").linked_to
    argv = node.file(f"/proc/{pid}/cmdline").content_string.split("\0")
    assert "--subdir-mount=/site" in argv
    assert "--log-file=/var/log/glusterfs/client/srv-site.log" in argv
    assert not node.file("/srv/gone").exists


def test_the_pool_uses_what_is_new():
    options = {
        option.findtext("Option"): option.findtext("Value")
        for option in gluster(inspected("gfs1"), "volume get all all").iter("Opt")
    }
    assert options["cluster.op-version"] == options["cluster.max-op-version"] == "110000"


def test_a_node_wrote_all_the_while_without_an_error_and_nothing_is_left_to_heal():
    node = inspected("node1")
    assert "ActiveState=active" in node.check_output("systemctl show writer --property=ActiveState")
    node.check_output("touch /run/writer.end")
    node.check_output("timeout 10 sh -c 'while systemctl --quiet is-active writer; do sleep 0.1; done'")
    assert "Result=success" in node.check_output("systemctl show writer --property=Result")
    lines = [int(line) for line in node.file("/srv/web/lines").content_string.splitlines()]
    assert lines == list(range(1, len(lines) + 1))
    assert len(lines) > 100
    bricks = gluster(inspected("gfs1"), "volume heal web info summary").iter("brick")
    assert [brick.findtext("totalNumberOfEntries") for brick in bricks] == ["0"] * len(PEERS)
