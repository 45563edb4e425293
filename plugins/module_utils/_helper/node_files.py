# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files that nodes keep, and where: one with all programs in it, and a link to it for each."""

from __future__ import annotations

DIRECTORY = "/usr/local/lib/evenkeel.glusterfs"
FILE = f"{DIRECTORY}/failover"
HELPER = "/sbin/mount.glusterfs_failover"
COMMAND = "/usr/local/sbin/gluster-failover"
LINKS = (HELPER, COMMAND)
