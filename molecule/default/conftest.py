# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The nodes of the scenario, each as testinfra has it."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab.inspected import inspected

NODES = ("node1", "node2")


@pytest.fixture(scope="session")
def nodes():
    return {name: inspected(name) for name in NODES}


@pytest.fixture(params=NODES)
def node(request, nodes):
    return nodes[request.param]
