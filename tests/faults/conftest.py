# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab import PATH, PEERS, eventually
from ansible_collections.evenkeel.glusterfs.tests.lab.traces import traces


@pytest.fixture(autouse=True)
def clean(lab):
    """Each test finds whole servers and a node without mounts, and leaves it so."""
    eventually(lab.whole, 90, "all peers connected, all bricks up")
    yield
    cleared(lab, PATH)


@pytest.fixture(scope="session")
def unhindered(lab):
    """Seconds of a mount with nothing wrong: what this machine, which may be busy, takes for it by itself."""
    for _warm in range(2):
        mounted = lab.mount(path=PATH, volume="web", servers=list(PEERS))
        assert not mounted.failed, mounted.message
        cleared(lab, PATH)
    return mounted.seconds


def cleared(lab, path):
    gone = lab.mount(path=path, state="absent")
    assert not gone.failed, gone.message
    assert traces(lab.node, path) == []
