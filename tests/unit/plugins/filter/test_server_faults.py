# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each variable of the role gluster_server wrong once, and what is said of it before anything is touched."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.filter.server_faults import FilterModule

BRICKS = [f"gfs{number}:/bricks/one/web" for number in (1, 2, 3)]
WELL = {
    "max_port": 49407,
    "timeout_heal": 3600,
    "pool": ["gfs1", "gfs2", "gfs3"],
    "firewall_sources": ["10.0.0.0/24", "10.0.0.7", "fd00:6::/64"],
    "options": {"cluster.brick-multiplex": "off"},
    "bricks": [{"path": "/bricks/one", "device": "/dev/sdb"}, {"path": "/bricks/two"}],
    "volumes": [
        {"name": "web", "replica": 3, "bricks": BRICKS, "options": {"network.ping-timeout": 10, "user.x": None}},
        {"name": "old", "state": "absent", "confirm": "old"},
    ],
}


def faults(**changes):
    return FilterModule().filters()["server_faults"]({**WELL, **changes})


def volume(**changes):
    return {"volumes": [{**WELL["volumes"][0], **changes}]}


def test_variables_that_are_well_have_no_fault():
    assert faults() == []
    assert faults(max_port="49407", timeout_heal="60.5") == []
    assert faults(**volume(replica="3", timeout="60", bricks=",".join(BRICKS), force="no")) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"max_port": 1024}, "gluster_server_max_port: 1024: bricks have ports from 49152 to 65535"),
        ({"max_port": "70000"}, "gluster_server_max_port: 70000: bricks have ports"),
        ({"timeout_heal": 0}, "gluster_server_timeout_heal: 0: must be a number of seconds above 0"),
        ({"pool": "gfs1,gfs2"}, "gluster_server_pool: 'gfs1,gfs2' is text; write a list, as in [gfs1, gfs2]"),
        ({"pool": ["gfs1", "gfs 2"]}, "gluster_server_pool: "),
        ({"pool": ["gfs1:24007", "gfs2:1"]}, "gluster_server_pool: host 'gfs2:1': gluster takes no port"),
        ({"pool": ["gfs1", "gfs1"]}, "gluster_server_pool: gfs1 is there 2 times; name it once"),
        ({"firewall_sources": ["10.0.0.0/99"]}, "gluster_server_firewall_sources: '10.0.0.0/99' does not appear to be"),
        ({"firewall_sources": ["fd00::/129"]}, "write a network or an address, as in 10.0.0.0/24 or fd00:6::/64"),
        ({"firewall_sources": ["lan"]}, "gluster_server_firewall_sources: 'lan' does not appear to be"),
        (
            {"options": {"cluster.brick-multiplex": {}}},
            "gluster_server_options: option 'cluster.brick-multiplex': {} is a mapping",
        ),
        ({"options": {"brick multiplex": 1}}, "gluster_server_options: option 'brick multiplex': write the whole name"),
        ({"bricks": [{"path": "bricks/one"}]}, "gluster_server_bricks: path bricks/one: write an absolute path"),
        ({"bricks": [{"path": "/"}]}, "gluster_server_bricks: path /: write an absolute path"),
        ({"bricks": [{"path": "/b"}, {"path": "/b/"}]}, "gluster_server_bricks: /b is there 2 times"),
        (
            {"bricks": [{"path": "/a", "device": "/dev/sdb"}, {"path": "/b", "device": "/dev/sdb"}]},
            "gluster_server_bricks: /dev/sdb is there 2 times",
        ),
        (
            {"bricks": [{"path": "/a", "device": "/dev/sdb", "lvm": {"vg": "g"}}]},
            "gluster_server_bricks: /a: has a device and an lvm",
        ),
        ({"volumes": [{"name": "we b"}]}, "gluster_server_volumes: we b: "),
        (volume(replica=0), "gluster_server_volumes: web: "),
        (volume(replica="three"), "gluster_server_volumes: web: "),
        (volume(bricks=["gfs1/bricks/web"]), "gluster_server_volumes: web: "),
        (
            volume(options={"network.ping-timeout": {"a": 1}}),
            "web: option 'network.ping-timeout': {'a': 1} is a mapping",
        ),
        (volume(options={"cluster.brick-multiplex": "on"}), "holds for the whole pool and not for a volume"),
        (volume(timeout=-1), "gluster_server_volumes: web: timeout -1: must be a number of seconds"),
        (
            {"volumes": [{"name": "web", "state": "absent"}]},
            "web: state: absent deletes the volume web; say so a second time",
        ),
        ({"volumes": [{"name": "web"}, {"name": "web"}]}, "gluster_server_volumes: web is there 2 times"),
    ],
)
def test_each_variable_that_is_wrong_is_told_by_its_name_with_what_to_write_instead(changes, said):
    found = faults(**changes)
    assert len(found) >= 1
    assert any(said in fault for fault in found), found
    assert all(fault.startswith("gluster_server_") for fault in found)


def test_all_faults_are_told_at_once():
    assert len(faults(max_port=1, pool=["a", "a"], firewall_sources=["x"], bricks=[{"path": "b"}])) == 4
