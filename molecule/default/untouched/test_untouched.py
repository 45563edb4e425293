# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a node looks like after converge.yml has run in check mode."""

from __future__ import annotations


def test_check_mode_mounts_nothing_and_starts_nothing(node):
    assert "glusterfs" not in node.check_output("cat /proc/mounts")
    assert node.process.filter(comm="glusterfs") == []


def test_check_mode_writes_nothing(node):
    assert "glusterfs" not in node.file("/etc/fstab").content_string
    assert node.file("/srv").listdir() == []
