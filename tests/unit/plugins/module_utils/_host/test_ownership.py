# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users, groups and modes as a person writes them."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import ownership

KNOWN = {"www-data": 33, "7": 8}


def number_of(name):
    return KNOWN[name]


@pytest.mark.parametrize(("text", "number"), [("www-data", 33), ("33", 33), ("7", 7), ("4294967294", 4294967294)])
def test_a_user_or_a_group_is_given_by_name_or_by_number(text, number):
    assert ownership.user(text, "subdir_owner", number_of) == number
    assert ownership.group(text, "subdir_group", number_of) == number


@pytest.mark.parametrize("text", ["nobody-here", "-1", "4294967295", ""])
def test_one_that_the_host_has_not_is_refused(text):
    with pytest.raises(ValueError, match="subdir_owner .*: no user of this host; write one that it has, or a number"):
        ownership.user(text, "subdir_owner", number_of)
    with pytest.raises(ValueError, match="no group of this host"):
        ownership.group(text, "subdir_group", number_of)


def test_the_names_are_those_of_this_host():
    assert (ownership.user("root", "subdir_owner"), ownership.group("root", "subdir_group")) == (0, 0)


@pytest.mark.parametrize(("text", "mode"), [("0750", 0o750), ("750", 0o750), ("2770", 0o2770), ("01777", 0o1777)])
def test_a_mode_is_octal_text(text, mode):
    assert ownership.mode(text, "subdir_mode") == mode


@pytest.mark.parametrize("text", [488, 750, "u=rwx", "0758", "", "50", "00750750", None])
def test_a_mode_that_yaml_may_have_read_as_another_number_is_refused(text):
    with pytest.raises(ValueError, match="must be a mode in octal digits and quotes, as in '0750'"):
        ownership.mode(text, "subdir_mode")
