# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scenario's first node, with a service that needs a mount, as a user of the role has it."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.molecule.client.node import Node
from ansible_collections.evenkeel.glusterfs.tests.lab import eventually


@pytest.fixture(scope="session")
def host(lab):
    node = Node(lab)
    node.install_service()
    yield node
    node.remove_service()


@pytest.fixture
def node(host, lab):
    """Each test finds whole servers and mounts that are well."""
    eventually(lab.whole, 90, "the lab is whole")
    eventually(host.well, 90, "all mounts are well")
    return host
