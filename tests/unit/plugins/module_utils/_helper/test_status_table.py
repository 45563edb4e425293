# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of status: its order, and what a person is told to do."""

from __future__ import annotations

import io

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._helper.status_table import Row, has_colours, lines


def row(path, state, *, failed=False, healed=True, up=3, **more):
    bricks = [{"host": f"gfs{n}", "path": "/b", "connected": n <= up} for n in (1, 2, 3)]
    result = {"path": path, "state": state, "volume": "web", "subdir": None, "server": "gfs1", "bricks": bricks}
    return Row({**result, "bind_of": None, "stale": None, "why": None, **more}, failed, healed)


def paths(text):
    return [line.split()[0] for line in text[1:] if not line.startswith(" ")]


def test_what_is_wrong_comes_first_and_else_the_order_of_fstab_stays():
    rows = [
        row("/b", "healthy"),
        row("/a", "healthy"),
        row("/low", "degraded", up=2),
        row("/not-wanted", "absent", bricks=[]),
        row("/old", "stale"),
        row("/missing", "absent", failed=True, bricks=[]),
        row("/hung", "hung", failed=True, bricks=[]),
        row("/dead", "dead", failed=True, bricks=[]),
    ]
    shown = lines(rows, colours=False)
    assert paths(shown) == ["/dead", "/hung", "/missing", "/old", "/low", "/not-wanted", "/b", "/a"]


def test_the_columns_stand_below_each_other():
    head, short, longer = lines([row("/a", "healthy"), row("/a/b/c", "healthy")], colours=False)
    assert short.index("healthy") == longer.index("healthy") == head.index("STATE")


@pytest.mark.parametrize(
    ("ill", "todo"),
    [
        (row("/a", "dead", failed=True), "what to do: gluster-failover heal /a; "),
        (row("/a", "dead", failed=True, healed=False), "fstab has no line for it"),
        (row("/a", "bind", failed=True), "unmount what is there, then gluster-failover heal /a"),
        (row("/a", "foreign", failed=True), "unmount what is there, then gluster-failover heal /a"),
        (row("/a", "read-only", up=1), "gluster volume status web tells which bricks run"),
        (row("/a", "degraded", up=2), "not connected to gfs3:/b"),
    ],
)
def test_below_what_is_ill_stands_what_to_do(ill, todo):
    assert todo in "\n".join(lines([ill], colours=False)[2:])


@pytest.mark.parametrize("well", [row("/a", "healthy"), row("/a", "absent", bricks=[])])
def test_what_is_as_it_should_be_has_no_note(well):
    assert len(lines([well], colours=False)) == 2


def test_nothing_is_said_of_no_mounts():
    assert lines([], colours=True) == []


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "environ", "coloured"),
    [
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {}, False),
        (io.StringIO(), {"TERM": "xterm"}, False),
    ],
)
def test_colours_go_to_terminals_that_want_them(stream, environ, coloured):
    assert has_colours(stream, environ) is coloured
