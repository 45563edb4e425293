# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import inspect

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import volume_apply, volume_steps

STEPS = [
    kind
    for _name, kind in inspect.getmembers(volume_steps, inspect.isclass)
    if hasattr(kind, "_fields") and kind.__module__ == volume_steps.__name__
]


def test_every_kind_of_step_names_its_volume_and_is_done_by_something():
    assert set(STEPS) == set(volume_apply._DO)
    for kind in STEPS:
        assert kind._fields[0] == "volume"
