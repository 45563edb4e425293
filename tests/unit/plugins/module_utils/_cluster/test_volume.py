# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import volume
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.cli import ClusterError
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_gluster import recorded


def xml(name):
    return ElementTree.fromstring(recorded(name))


def test_volumes_of_every_type_are_read():
    parsed = volume.parse(xml("volume-info-all"))
    shapes = {name: (one.kind, str(one.shape), len(one.subvolumes), one.status) for name, one in parsed.items()}
    assert shapes == {
        "arb": ("Replicate", "replica 3 arbiter 1", 1, "Created"),
        "disp": ("Disperse", "disperse 3 redundancy 1", 1, "Created"),
        "dist": ("Distribute", "replica 1", 2, "Started"),
        "web": ("Replicate", "replica 3", 1, "Started"),
    }
    assert {one.transport for one in parsed.values()} == {"tcp"}


def test_options_with_commas_and_blanks_are_read_as_they_are():
    web = volume.parse(xml("volume-info-created"))["web"]
    assert web.options["auth.allow"] == "10.*,127.0.0.1"
    assert web.options["user.note"] == "a b"


def test_a_pool_without_volumes_has_none():
    assert volume.parse(xml("volume-info-none")) == {}


def test_a_volume_is_described_with_its_arbiter():
    described = volume.describe(volume.parse(xml("volume-info-all"))["arb"])
    assert [brick["arbiter"] for brick in described["bricks"]] == [False, False, True]
    assert described["bricks"][0]["brick"] == "h1:/bricks/arb"
    assert (described["status"], described["replica"], described["arbiter"]) == ("created", 3, 1)
    assert "online" not in described["bricks"][0]


def test_daemons_are_no_bricks():
    parsed = volume.parse_status(xml("volume-status"))["web"]
    assert [brick.key for brick in parsed] == [(host, "/bricks/web") for host in ("h1", "h2", "h3")]
    assert all(brick.online and brick.port and brick.pid for brick in parsed)


def test_a_brick_that_is_down_has_no_port_and_no_process():
    down = volume.parse_status(xml("volume-status-down"))["web"][2]
    assert (down.host, down.online, down.port, down.pid) == ("h3", False, None, None)


def test_sizes_are_read_where_they_were_asked_for():
    first = volume.parse_status(xml("volume-status-detail"))["web"][0]
    assert first.bytes_total > first.bytes_free > 0
    assert first.inodes_total > first.inodes_free > 0


def test_the_hosts_of_clients_are_told_by_brick_without_their_ports():
    parsed = volume.parse_clients(xml("volume-status-clients"))["web"]
    servers, node = {"10.89.1.18", "10.89.1.19", "10.89.1.20"}, "10.89.1.21"
    assert [key[0] for key in parsed] == ["h1", "h2", "h3"]
    assert all(
        node in clients and set(clients) <= {node, *servers} and len(set(clients)) == len(clients)
        for clients in parsed.values()
    )


def test_a_brick_that_is_down_has_no_clients_and_one_of_ip_version_6_keeps_its_colons():
    text = recorded("volume-status-clients").replace("10.89.1.21:", "fd00::21:").replace("<status>1<", "<status>0<", 1)
    first, *others = volume.parse_clients(ElementTree.fromstring(text))["web"].items()
    assert first[0][0] == "h2"
    assert "fd00::21" in first[1]
    assert len(others) == 1


def test_a_client_is_the_same_on_a_brick_that_listens_by_ip_version_6():
    text = recorded("volume-status-clients").replace("10.89.1.21:", "::ffff:10.89.1.21:", 1)
    parsed = volume.parse_clients(ElementTree.fromstring(text))["web"]
    assert all("10.89.1.21" in clients for clients in parsed.values())


def test_tasks_are_told_with_their_bricks():
    assert volume.parse_tasks(xml("tasks-none")) == ()
    (removal,) = volume.parse_tasks(xml("tasks-remove"))
    assert (removal.removes, removal.status, removal.bricks) == (
        True,
        volume.COMPLETED,
        (volume.Brick("h2", "/bricks/d2"),),
    )
    (rebalance,) = volume.parse_tasks(xml("tasks-rebalance-running"))
    assert (rebalance.removes, rebalance.status, rebalance.kind) == (False, volume.RUNNING, "Rebalance")


@pytest.mark.parametrize("name", ["rebalance-done", "remove-done"])
def test_a_migration_that_is_done_says_how_much_it_moved(name):
    progress = volume.parse_progress(xml(name))
    # gluster's own sum over the hosts.
    files, size = (int(xml(name).findtext(f".//aggregate/{path}")) for path in ("files", "size"))
    assert (progress.done, progress.failed) == (True, ())
    assert (progress.files, progress.bytes) == (files, size)
    assert files > 0


@pytest.mark.parametrize("name", ["rebalance-running", "remove-running"])
def test_a_migration_in_progress_is_not_done(name):
    assert not volume.parse_progress(xml(name)).done


def test_a_migration_is_not_done_before_all_hosts_have_begun():
    text = recorded("remove-done").replace("<status>3<", "<status>0<")
    progress = volume.parse_progress(ElementTree.fromstring(text))
    assert progress.running == ("the hosts have not all begun",)


def test_a_host_whose_migration_failed_is_named():
    text = recorded("remove-done").replace("<status>3<", "<status>4<").replace(">completed<", ">failed<")
    progress = volume.parse_progress(ElementTree.fromstring(text))
    assert (progress.done, progress.failed) == (True, ("h2 failed",))


def test_an_answer_about_something_else_is_an_error():
    with pytest.raises(ClusterError, match="tells of no rebalance and no removal"):
        volume.parse_progress(xml("volume-info"))


def test_options_that_are_documented_are_known():
    assert "network.ping-timeout" in volume.known_options(xml("volume-set-help"))
    assert volume.has_option(xml("volume-get"))


def test_a_brick_on_an_address_of_ip_version_6_is_read():
    assert volume.Brick.parse("2001:db8::1:/b").key == ("2001:db8::1", "/b")
    for bad in ("h1/bricks", ":/bricks"):
        with pytest.raises(ValueError, match="must be a host and an absolute path"):
            volume.Brick.parse(bad)


@pytest.mark.parametrize("name", ["", "a b", "-x", "a/b", "all"])
def test_a_name_that_no_volume_can_have_is_refused(name):
    with pytest.raises(ValueError, match="a volume's name has letters"):
        volume.check_name(name)
