# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of a mount point's containers."""

from __future__ import annotations

import re

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._container import container_names

IMAGE = "0123456789abcdef" * 4


def test_a_plain_path_is_read_in_the_name():
    assert container_names.base("/srv/web") == "gluster-srv-web"
    assert container_names.of("/srv/web", IMAGE) == "gluster-srv-web.01234567"


@pytest.mark.parametrize(
    ("one", "other"), [("/srv/a-b", "/srv/a/b"), ("/srv/a b", "/srv/a_b"), ("/srv/" + "x" * 200, "/srv/" + "x" * 201)]
)
def test_no_two_mount_points_share_a_container(one, other):
    assert container_names.base(one) != container_names.base(other)


@pytest.mark.parametrize("path", ["/srv/a-b", "/srv/ä b", "/-x", "/srv/" + "x" * 200])
def test_podman_and_systemd_take_the_name_of_any_path(path):
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,120}", container_names.of(path, IMAGE))


def test_containers_of_other_paths_are_not_taken_for_ones_of_this():
    assert container_names.is_of(container_names.of("/srv/web", IMAGE), "/srv/web")
    assert not container_names.is_of("gluster-srv-web-one.01234567", "/srv/web")
    assert not container_names.is_of("gluster-srv-web", "/srv/web")
