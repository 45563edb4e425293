# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.glusterd import AskFailed
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.network import Network
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.server import Server
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_glusterd import FakeGlusterd
from ansible_collections.evenkeel.glusterfs.tests.unit.machine import tls_context

PLAIN, TLS = b"\x80", b"\x16"
"""The first byte of a record mark, and of a handshake."""

QUESTIONS = {
    "a volume": lambda network, port: network.getspec(Server("127.0.0.1", port), "web", 10),
    "a brick's port": lambda network, port: network.brick_port(Server("127.0.0.1", port), "/bricks/web", 10),
    "a brick": lambda network, port: network.ping_brick("127.0.0.1", port, 10),
}


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("context", [None, tls_context()], ids=["plain", "TLS"])
def test_servers_and_bricks_are_asked_through_tls_where_a_context_is_given(question, context):
    heard = []

    def act(scene):
        scene.link.settimeout(10)
        heard.append(scene.link.recv(1))

    with FakeGlusterd(act) as server, pytest.raises(AskFailed):
        QUESTIONS[question](Network.secured(context), server.port)
    # A brick may speak plainly where glusterd does not.
    plainly = [PLAIN] if not context or question == "a brick" else []
    assert heard == plainly + ([TLS] if context else [])
