# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import volume_info
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_gluster import FakeGluster, FakeResolver, recorded

pytestmark = pytest.mark.usefixtures("version")


def test_volumes_are_reported_with_their_bricks():
    says = {"volume info": "volume-info-all", "volume status all detail": "volume-status-detail"}
    result = volume_info.volumes(FakeGluster(says).cli, None, FakeResolver(), status=True)
    assert sorted(result) == ["arb", "disp", "dist", "web"]
    assert [brick["online"] for brick in result["web"]["bricks"]] == [True, True, True]
    assert result["web"]["bricks"][0]["bytes_total"] > 0
    assert (result["arb"]["bricks"][0]["online"], result["arb"]["bricks"][0]["pid"]) == (False, None)


def test_clients_are_reported_by_brick_where_they_are_asked_for():
    says = {"volume info": "volume-info-all", "volume status all clients": "volume-status-clients"}
    result = volume_info.volumes(FakeGluster(says).cli, None, FakeResolver(), status=False, clients=True)
    assert ["10.89.1.21" in brick["clients"] for brick in result["web"]["bricks"]] == [True, True, True]
    assert result["arb"]["bricks"][0]["clients"] is None


def reached(*addresses):
    """The clients of the web volume's bricks: the recorded servers, and others by brick. Clients missing on each brick, as h1 tells of them."""
    text = recorded("volume-status-clients")
    brick = re.search(r"<node>.*?</node>", text, re.DOTALL).group()
    listed = ""
    for number, others in enumerate(addresses, 1):
        one = brick.replace(">h1<", f">h{number}<")
        clients = "".join(f"<client><hostname>{address}:49149</hostname></client>" for address in others)
        listed += re.sub(r"<client>.*</client>", clients, one, flags=re.DOTALL)
    text = re.sub(r"<node>.*</node>", listed, text, flags=re.DOTALL)
    says = {"volume info": "volume-info-all", "volume status all clients": text}
    names = FakeResolver(table={"h1": "10.89.1.18", "h2": "10.89.1.19", "h3": "fd00::20"})
    result = volume_info.volumes(FakeGluster(says).cli, None, names, status=False, clients=True)
    assert result["arb"]["bricks"][0]["missing_clients"] is None
    return [brick["missing_clients"] for brick in result["web"]["bricks"]]


def test_a_client_that_has_not_come_to_a_brick_is_told():
    node, late = "10.89.1.21", "fd00::22"
    assert reached([node, late], [node, late], [node, late]) == [[], [], []]
    assert reached([node, late], [node], [late]) == [[], [late], [node]]


def test_a_client_on_a_server_that_has_not_come_to_another_servers_brick_is_told():
    h1, h2, h3 = "10.89.1.18", "10.89.1.19", "fd00::20"
    assert reached([h1, h2, h3], [h2], [h1, h2, h3]) == [[], [h1, h3], []]


def test_servers_whose_own_name_means_loopback_hold_up_no_upgrade():
    """The self-heal daemon of each reaches the brick on its own host by another address than the other bricks."""
    h1, h2, h3, node = "10.89.1.18", "10.89.1.19", "fd00::20", "10.89.1.21"
    assert reached([node, "127.0.0.1", h2, h3], [node, h1, "127.0.0.1", h3], [node, h1, h2, "127.0.1.1"]) == [
        [],
        [],
        [],
    ]


def test_one_volume_is_reported_alone_and_a_missing_one_is_no_error():
    gluster = FakeGluster({"volume info": "volume-info-all"})
    assert list(volume_info.volumes(gluster.cli, "arb", FakeResolver(), status=True)) == ["arb"]
    assert "online" not in volume_info.volumes(gluster.cli, "web", FakeResolver(), status=False)["web"]["bricks"][0]
    assert volume_info.volumes(gluster.cli, "nope", FakeResolver(), status=True) == {}
