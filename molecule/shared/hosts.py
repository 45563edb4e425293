# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of several scenarios ask of their hosts."""

from __future__ import annotations

import os
from xml.etree import ElementTree

import testinfra

PEERS = ("gfs1", "gfs2", "gfs3")


def get(name):
    """A host of the scenario, by its short name."""
    return testinfra.get_host(f"podman://{os.environ['EVENKEEL_PREFIX']}{name}")


def gluster(host, words):
    """The XML that gluster answers on a host."""
    return ElementTree.fromstring(host.check_output(f"gluster --mode=script --xml {words}"))
