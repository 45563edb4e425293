# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import layout, volume_steps
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.volume import Brick, Shape, Volume, groups

R2, R3, ARBITER = Shape(2), Shape(3), Shape(3, 1)


def bricks(text):
    return tuple(Brick.parse(f"{host}:/b") for host in text.split())


def volume(real, shape):
    return Volume("web", "", "", "Started", bricks(real), shape, "tcp", {})


def steps(real, was, wanted, shape):
    return [str(step).replace(":/b", "") for step in layout.plan(volume(real, was), bricks(wanted), shape)]


@pytest.mark.parametrize(
    ("real", "was", "wanted", "shape", "done"),
    [
        ("a b c", R3, "c a b", R3, []),
        ("a b c d", R2, "d c b a", R2, []),
        ("a b", Shape(), "a b c", Shape(), ["add c"]),
        ("a b c", Shape(), "a c", Shape(), ["remove b"]),
        ("a b", Shape(), "a c", Shape(), ["add c", "remove b"]),
        ("a b c", R3, "a b c d e f", R3, ["add d e f"]),
        ("a b c d e f", R3, "d e f", R3, ["remove a b c"]),
        ("a b c", R3, "d e f", R3, ["add d e f", "remove a b c"]),
        ("a b c", R3, "a d c", R3, ["replace b by d"]),
        ("a b c", R3, "a d e", R3, ["replace b by d", "replace c by e"]),
        ("a b c", ARBITER, "a b d", ARBITER, ["replace c by d"]),
        ("a b c", ARBITER, "b d c", ARBITER, ["replace a by d"]),
        ("a b", R2, "a b c", R3, ["add copies c (replica 3)"]),
        ("a b c d", R2, "a b e c d f", R3, ["add copies e f (replica 3)"]),
        ("a b", R2, "a b c", ARBITER, ["add copies c (replica 3 arbiter 1)"]),
        ("a", Shape(), "a b c", ARBITER, ["add copies b (replica 2)", "add copies c (replica 3 arbiter 1)"]),
        ("a b", R2, "a d c", R3, ["replace b by d", "add copies c (replica 3)"]),
        ("a b c", R3, "a c", R2, ["remove copies b (replica 2)"]),
        ("a b c", R3, "b", Shape(), ["remove copies a (replica 2)", "remove copies c (replica 1)"]),
        ("a b c", ARBITER, "a b", R2, ["remove copies c (replica 2)"]),
        ("a b c", ARBITER, "b d", R2, ["replace a by d", "remove copies c (replica 2)"]),
        ("a b c d", R2, "a b e", R3, ["remove c d", "add copies e (replica 3)"]),
        ("a b c d e f", R3, "a b g h", R2, ["remove d e f", "remove copies c (replica 2)", "add g h"]),
        ("a b c", Shape(disperse=3, redundancy=1), "a b d", Shape(disperse=3, redundancy=1), ["replace c by d"]),
    ],
)
def test_steps_lead_from_the_bricks_there_are_to_those_wanted(real, was, wanted, shape, done):
    assert steps(real, was, wanted, shape) == done
    made = volume_steps.after(volume(real, was), layout.plan(volume(real, was), bricks(wanted), shape))
    assert made.shape == shape
    assert {frozenset(group) for group in made.subvolumes} == {
        frozenset(group) for group in groups(bricks(wanted), shape.size)
    }


@pytest.mark.parametrize(
    ("real", "was", "wanted", "shape", "message"),
    [
        ("a b c d", R2, "a c b d", R2, "shall form one subvolume, but the volume has (a:/b b:/b), (c:/b d:/b)"),
        ("a b", R2, "a c b d", R2, "keep those together that are together"),
        ("a b", R2, "c d e", R3, "none of them is in the volume, and replica 2 shall become replica 3 too"),
        ("a b c", R3, "a b c", Shape(disperse=3, redundancy=1), "GlusterFS does not change disperse and redundancy"),
        ("a b c", R3, "a b c", ARBITER, "go to replica: 2 first, then to replica 3 arbiter 1"),
        ("a b c", ARBITER, "a", Shape(), "go to replica: 2 first"),
        ("a b c", ARBITER, "a b c d", Shape(4), "an arbiter beside two copies only"),
        ("a b c", ARBITER, "a c b", ARBITER, "a brick cannot change between arbiter and copy"),
        ("a b c", ARBITER, "a c d", ARBITER, "a brick cannot change between arbiter and copy"),
        ("a b", R2, "c a b", ARBITER, "a brick cannot change between arbiter and copy"),
        ("a b c", ARBITER, "a c", R2, "c:/b is an arbiter and has no data; leave it out, and keep a:/b and b:/b"),
    ],
)
def test_what_no_step_leads_to_is_refused(real, was, wanted, shape, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        steps(real, was, wanted, shape)
