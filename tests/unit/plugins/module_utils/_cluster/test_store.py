# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import store
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.volume import Brick
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_gluster import FakeResolver

INFO = """type=2
count=2
sub_count=2
thin_arbiter_count=1
parent_volname=N/A
brick-0=gfs1:-bricks-ta
brick-1=gfs2:-bricks-ta
ta-brick-0=gfs3:-bricks-ta-arb
"""
"""As glusterd 10.3 and 11.1 write it, in part."""


def test_the_thin_arbiter_is_told_with_its_path_although_its_name_is_ambiguous():
    files = {"vols/web/info": INFO, "vols/web/bricks/gfs3:-bricks-ta-arb": "hostname=gfs3\npath=/bricks/ta-arb\n"}
    assert store.thin_arbiter("web", FakeResolver(files=files)) == Brick("gfs3", "/bricks/ta-arb")


def test_a_thin_arbiter_whose_file_cannot_be_read_is_one_all_the_same():
    assert store.thin_arbiter("web", FakeResolver(files={"vols/web/info": INFO})) == Brick("gfs3", "/bricks/ta/arb")


def test_a_volume_without_one_has_none():
    assert store.thin_arbiter("web", FakeResolver(files={"vols/web/info": "type=2\nthin_arbiter_count=0\n"})) is None
    assert store.thin_arbiter("web", FakeResolver()) is None
