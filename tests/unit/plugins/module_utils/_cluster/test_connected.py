# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From where a volume is used: its mounts, and not the pool's own self-heal daemons."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import connected
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.cli import ClusterError
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.pool import Peer, Pool
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.volume import Brick, Shape, Volume
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_gluster import FakeGluster, FakeResolver, refusal

TABLE = {"h1": "10.0.0.1", "h2": "10.0.0.2", "h3": "10.0.0.3"}
POOL = Pool(
    tuple(
        Peer(f"uuid-{name}", ("localhost",) if name == "h1" else (name,), True, 3, "Peer in Cluster") for name in TABLE
    )
)
WEB = Volume("web", "", "Distribute", "Started", (Brick("h1", "/b/web"), Brick("h2", "/b/web")), Shape(), "tcp", {})
HEALING = {f"uuid-{name}": True for name in TABLE}
DAEMONS = dict.fromkeys(TABLE.values(), 1)


def users(counts, healing=HEALING, own="uuid-h1"):
    return connected.users([(own, counts)], healing, POOL, FakeResolver(table=TABLE))


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, ()),
        ({"10.0.0.9": 1}, ("10.0.0.9",)),
        ({"10.0.0.2": 2}, ("10.0.0.2",)),
        ({"10.0.0.1": 2}, ("10.0.0.1",)),
        ({"127.0.0.1": 1}, ("127.0.0.1",)),
        ({"10.0.0.9": 1, "fd00::9": 2}, ("10.0.0.9", "fd00::9")),
    ],
    ids=["daemons alone", "a client", "a peer mounts", "this host mounts", "by loopback", "two clients"],
)
def test_whoever_is_connected_beside_the_self_heal_daemons_uses_the_volume(more, found):
    assert users({**DAEMONS, **more}) == found


def test_a_daemon_may_come_to_the_brick_of_its_own_host_by_loopback():
    assert users({"10.0.0.2": 1, "10.0.0.3": 1, "127.0.0.1": 1}) == ()
    assert users({"10.0.0.1": 1, "10.0.0.3": 1, "::1": 1}, own="uuid-h2") == ()


def test_a_host_on_which_no_daemon_runs_has_no_connection_to_spare():
    assert users(DAEMONS, {**HEALING, "uuid-h3": False}) == ("10.0.0.3",)
    assert users(DAEMONS, {}) == ("10.0.0.1", "10.0.0.2", "10.0.0.3")


def test_a_mount_is_told_from_the_daemons_in_what_a_real_gluster_prints():
    gluster = FakeGluster(
        {"volume status web clients": "volume-status-clients", "volume status web shd": "volume-status"}
    )
    bricks = connected.parse(gluster.cli.read("volume", "status", "web", "clients"))
    addresses = sorted({address for _own, counts in bricks for address in counts})
    assert (len(bricks), len(addresses)) == (3, 4)
    servers = dict(zip(("h1", "h2", "h3"), addresses[:3]))
    uuids = [own for own, _counts in bricks]
    pool = Pool(
        tuple(
            Peer(uuid, ("localhost",) if name == "h1" else (name,), True, 3, "Peer in Cluster")
            for name, uuid in zip(servers, uuids)
        )
    )
    found = connected.users(bricks, dict.fromkeys(uuids, True), pool, FakeResolver(table=servers))
    assert found == (addresses[3],)


def test_a_volume_without_copies_has_no_daemons():
    gluster = FakeGluster(
        {
            "volume status web clients": "volume-status-clients",
            "volume status web shd": refusal("not of type replicate"),
        }
    )
    assert len(connected.from_where(gluster.cli, WEB, POOL, FakeResolver(table=TABLE))) == 4


NODE = (
    "<cliOutput><opRet>0</opRet><opErrno>0</opErrno><volStatus><volumes><volume><volName>web</volName><node><hostname>{host}</hostname>"
    "<path>/b/web</path><peerid>uuid-{host}</peerid><status>1</status>{clients}</node></volume></volumes></volStatus></cliOutput>"
)
NOBODY = refusal("Commit failed on h2. Please check log file for details.")


def unmounted(**more):
    """A volume of which one brick has no client, so that glusterd refuses to tell those of the whole."""
    says = {
        "volume status web clients": NOBODY,
        "volume status web h1:/b/web clients": NODE.format(host="h1", clients="<clientsStatus/>"),
        "volume status web h2:/b/web clients": NOBODY,
        "volume status web h2:/b/web": NODE.format(host="h2", clients=""),
        "volume status web shd": refusal("not of type replicate"),
        **more,
    }
    return connected.from_where(FakeGluster(says).cli, WEB, POOL, FakeResolver(table=TABLE))


def test_a_volume_that_nobody_mounts_is_used_by_nobody_though_gluster_refuses_to_tell():
    assert unmounted() == ()


def test_one_that_is_mounted_and_that_a_client_has_not_come_to_a_brick_of_is_used():
    client = "<clientsStatus><client><hostname>10.0.0.9:49149</hostname></client></clientsStatus>"
    more = {"volume status web h1:/b/web clients": NODE.format(host="h1", clients=client)}
    assert unmounted(**more) == ("10.0.0.9",)


def test_what_gluster_refuses_to_tell_for_another_reason_is_an_error():
    with pytest.raises(ClusterError, match="Locking failed"):
        unmounted(**{"volume status web h2:/b/web": refusal("Locking failed on h2")})
