# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.unit import written

SHIP = "roles/gluster_spc/tasks/ship_image.yml"


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("0123456789abcdef" * 4, True),
        ("sha256:" + "0123456789abcdef" * 4, True),
        ("../../../root/.ssh/x", False),
        ("0123456789abcdef" * 4 + "/../x", False),
        ("0123456789abcdef" * 4 + "\n", False),
        ("{{ lookup('pipe', 'id') }}", False),
        ("", False),
    ],
)
def test_what_the_builder_says_names_a_file_on_the_controller_only_if_it_is_a_hash(said, taken):
    refuse = written.task(SHIP, "Refuse an identity that is no hash")
    assert written.holds(refuse["ansible.builtin.assert"], "that", gluster_spc_built={"rc": 0, "stdout": said}) == taken
