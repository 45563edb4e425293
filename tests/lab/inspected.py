# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host of the scenario as testinfra has it: files, services, mounts as values."""

from __future__ import annotations

from xml.etree import ElementTree

import testinfra

from .lab import from_environment


def inspected(name):
    """A host of the scenario, by its short name."""
    return testinfra.get_host(f"podman://{from_environment().host(name).container}")


def gluster(host, words):
    """The XML that gluster answers on a host."""
    return ElementTree.fromstring(host.check_output(f"gluster --mode=script --xml {words}"))
