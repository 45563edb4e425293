# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The release, as GlusterFS tells it."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import release


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("glusterfs 10.3\nRepository revision: git://git.gluster.org/glusterfs.git\n", (10, 3)),
        ("glusterfs 11.2\n", (11, 2)),
        ("glusterfs 12dev\n", (12, 0)),
        ("bash: gluster: command not found\n", None),
        ("", None),
    ],
)
def test_a_release_is_read_as_numbers(output, expected):
    assert release.parse(output) == expected
