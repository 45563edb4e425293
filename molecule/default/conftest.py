# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The nodes of the scenario, each as a testinfra host."""

from __future__ import annotations

import pytest
import testinfra

from ansible_collections.evenkeel.glusterfs.tests.faults.lab import from_environment

NODES = ("node1", "node2")


@pytest.fixture(scope="session")
def lab():
    return from_environment()


@pytest.fixture(scope="session")
def nodes(lab):
    return {name: testinfra.get_host(f"podman://{lab.prefix}{name}") for name in NODES}


@pytest.fixture(params=NODES)
def node(request, nodes):
    return nodes[request.param]
