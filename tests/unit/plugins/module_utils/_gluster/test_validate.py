# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is just allowed and what is just not; the rest of the checks is tested with the arguments of the module."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import validate


def limits(**changes):
    return {"timeout_probe": 3, "timeout_try": 30, "timeout_total": 120, **changes}


@pytest.mark.parametrize("seconds", [0.001, 1, 86400])
def test_a_limit_from_a_moment_to_a_day_is_taken(seconds):
    assert validate.check_limits(limits(timeout_try=seconds))["timeout_try"] == seconds


@pytest.mark.parametrize("seconds", [0, -1, 86400.5, float("nan"), float("inf")])
def test_a_wait_without_an_end_is_refused(seconds):
    with pytest.raises(ValueError, match="must be a number of seconds above 0 and up to 86400"):
        validate.check_limits(limits(timeout_try=seconds))


@pytest.mark.parametrize("name", ["w", "web_1-a", "_", "w" * 255])
def test_what_glusterd_takes_for_a_volume_is_taken(name):
    assert validate.check_volume(name) == name


@pytest.mark.parametrize("name", ["", "-w", "w.b", "w b", "w" * 256, "w\n"])
def test_what_glusterd_refuses_is_refused_before_it_is_asked(name):
    with pytest.raises(ValueError, match=r"does not begin with a hyphen, as in web\Z"):
        validate.check_volume(name)


@pytest.mark.parametrize("name", ["web/site", "/web/site/"])
def test_a_directory_behind_the_volume_is_shown_its_place(name):
    with pytest.raises(ValueError, match="name the directory below it by subdir"):
        validate.check_volume(name)


@pytest.mark.parametrize(
    ("given", "kept"), [("", ""), ("/", ""), ("./a//b/.", "a/b"), ("a b/ü", "a b/ü"), ("..a", "..a")]
)
def test_a_subdirectory_has_one_spelling(given, kept):
    assert validate.check_subdir(given) == kept


@pytest.mark.parametrize("path", ["/", "//", "/./"])
def test_the_root_directory_is_no_mount_point(path):
    with pytest.raises(ValueError, match="is the root directory"):
        validate.check_path(path)
