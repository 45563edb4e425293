# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts without GlusterFS, with the mounts of converge.yml and a service that needs one of them."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.molecule.spc.bare import NAMES, Bare
from ansible_collections.evenkeel.glusterfs.tests.lab import eventually


@pytest.fixture(scope="session", params=NAMES)
def bare(request, lab):
    bare = Bare(lab, request.param)
    bare.install_service()
    yield bare
    bare.remove_service()


@pytest.fixture(scope="session")
def first(lab):
    """The host with the older podman."""
    return Bare(lab, NAMES[0])


@pytest.fixture(autouse=True)
def whole(lab):
    """Each test finds whole servers."""
    eventually(lab.whole, 120, "all peers connected, all bricks up")
