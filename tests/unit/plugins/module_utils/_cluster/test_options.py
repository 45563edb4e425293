# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import options


def test_values_of_yaml_become_words_of_gluster():
    given = {
        "a.b": True,
        "a.c": False,
        "a.d": 10,
        "a.e": 0.5,
        "a.f": "64MB",
        "a.g": ["10.*", 1],
        "a.h": None,
        "a.i": "off",
    }
    assert list(options.check(given).values()) == ["on", "off", "10", "0.5", "64MB", "10.*,1", None, "off"]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("ping-timeout", 1, "write the whole name, with the part before the dot"),
        ("a.b c", 1, "write the whole name"),
        ("a.b", {}, "is a mapping"),
        ("a.b", " ", "write null to reset it"),
        ("a.b", "x\ny", "has no line break"),
    ],
)
def test_bad_options_are_refused(name, value, message):
    with pytest.raises(ValueError, match=message):
        options.check({name: value})


@pytest.mark.parametrize(
    ("one", "other"), [("on", "enable"), ("True", "on"), ("no", "disable"), ("1", "on"), ("x", "x")]
)
def test_two_words_for_the_same_value_are_no_change(one, other):
    assert options.same(one, other)


@pytest.mark.parametrize(("one", "other"), [("on", "off"), ("10", "20"), ("64MB", "128MB"), ("auto", "on")])
def test_different_values_are_a_change(one, other):
    assert not options.same(one, other)


def test_only_what_differs_is_written():
    wanted = {"a.same": "on", "a.other": "2", "a.new": "3", "a.reset": None, "a.unset": None}
    real = {"a.same": "enable", "a.other": "1", "a.reset": "x", "a.foreign": "y"}
    assert options.to_set(wanted, real) == {"a.other": "2", "a.new": "3"}
    assert options.to_reset(wanted, real) == ["a.reset"]


def test_an_unknown_option_is_told_with_what_may_be_meant():
    documented = {"network.ping-timeout"}
    names = ["network.ping-timeout", "nfs.disable", "user.note", "network.pingtimeout"]
    assert options.unknown(names, documented) == ["network.pingtimeout"]
    assert "did you mean network.ping-timeout?" in options.why_unknown("network.pingtimeout", documented)
    assert "`gluster volume set help` lists them" in options.why_unknown("zzz.qqq", documented)
