# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was measured of silent hosts is drawn and tabulated as it was measured."""

from __future__ import annotations

import re

from ansible_collections.evenkeel.glusterfs.tests.bench import silent_pages

WRITES = {"stall": 0.4, "errors": 0, "writes": [(3.0, 0.1), (3.2, 0.4), (4.0, 0.1)]}
RETURN = {
    "fault": "host drops <all> packets",
    "act": True,
    "module": 2.88,
    "mounted": 2.9,
    "returned": 24.3,
    "connected": 25.8,
    "attempts": [{"seconds": 1.2}],
    "writers": {"append and fsync": WRITES, "create and rename": {**WRITES, "stall": 0.5, "errors": 1}},
    "waiting": 4,
}
RUNNING = {
    "seconds": 16,
    "ping_timeout": 42,
    "act_after": None,
    "writers": {"append and fsync": {"stall": 26.6, "errors": 0}},
    "locks": {"flock": "held"},
    "waiting": 12,
    "healed": 4.2,
}


def test_each_write_that_has_ended_is_a_stroke_of_the_plot():
    picture = silent_pages.plot([RETURN])
    strokes = re.findall(r'<path d="([^"]*)" stroke="#2e7d32"', picture)
    assert [stroke.count("M") for stroke in strokes] == [len(WRITES["writes"])]
    assert "host drops &lt;all&gt; packets" in picture


def test_the_tables_have_what_was_measured():
    assert silent_pages.returns([RETURN]).splitlines()[-1] == (
        "| host drops <all> packets | disconnected from it | 2.9 | 1.2 | 0.4 | 0.5 | 1 | 1.5 | 4 |"
    )
    act = {**RUNNING, "act_after": 5.0}
    assert silent_pages.under_way([RUNNING, act]).splitlines()[2:] == [
        "| 16 | ping-timeout 42 | 26.6 | 0 | flock held | 12 | 4 |",
        "| 16 | the act after 5 s | 26.6 | 0 | flock held | 12 | 4 |",
    ]
