# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab: the hosts that tests run on, and the one way to reach them. lab/ at the top of the tree makes them."""

from __future__ import annotations

from .host import DOOR, ROOT, Host, podman
from .lab import IMAGE, NODE, PATH, PEERS, STRANGER, VOLUMES, Lab, Result, from_environment
from .waiting import eventually, undone

__all__ = [
    "DOOR",
    "IMAGE",
    "NODE",
    "PATH",
    "PEERS",
    "ROOT",
    "STRANGER",
    "VOLUMES",
    "Host",
    "Lab",
    "Result",
    "eventually",
    "from_environment",
    "podman",
    "undone",
]
