# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.hostile.node import Node


@pytest.fixture(scope="session")
def node(lab):
    node = Node(lab)
    node.prepare()
    return node


@pytest.fixture
def revived():
    """For a test that kills the client itself."""


@pytest.fixture(autouse=True)
def _healthy(node, request):
    """Whatever a test does, the mount keeps its client; healing has run in between."""
    before = node.row()
    assert before["state"] == "healthy", before
    yield
    code, said = node.heal()
    after = node.row()
    assert after["state"] == "healthy", said
    assert after["pid"] == before["pid"] or "revived" in request.fixturenames, said
    assert code == 0, said
