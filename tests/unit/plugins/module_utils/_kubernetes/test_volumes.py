# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Volumes of role gluster_kubernetes: each mistake with its message, and what is filled in."""

from __future__ import annotations

import re

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes.volumes import complete

WELL = {"name": "web", "path": "/srv/gluster/web/data", "capacity": "1Gi"}
OTHER = {"name": "b", "path": "/srv/gluster/b/data", "capacity": "1Gi"}
MISTAKES = {
    "a name with capitals": ([{**WELL, "name": "Web"}], "Web: not a name that Kubernetes takes"),
    "a claim's name with an underscore": ([{**WELL, "claim": {"name": "a_b"}}], "a_b: not a name that Kubernetes takes"),
    "a namespace that ends in a dot": ([{**WELL, "claim": {"name": "a", "namespace": "a."}}], "a.: not a name"),
    "a name of 254 letters": ([{**WELL, "name": 254 * "a"}], "at most 253"),
    "a name twice": ([WELL, {**OTHER, "name": "web"}], "web: two entries of gluster_kubernetes_volumes have this name"),
    "a claim twice": (
        [{**WELL, "claim": {"name": "c"}}, {**OTHER, "claim": {"name": "c", "namespace": "default"}}],
        "default/c: two entries of gluster_kubernetes_volumes have this claim",
    ),
    "a relative path": ([{**WELL, "path": "srv/web"}], "web: path srv/web: write an absolute path"),
    "a path that leads backwards": ([{**WELL, "path": "/srv/../etc/web"}], "without .."),
    "the root directory": ([{**WELL, "path": "/", "form": "hostpath"}], "path /: write an absolute path"),
    "a parent that is the root": ([{**WELL, "path": "/web"}], "pods see all of /;"),
    "a parent that two volumes share": (
        [WELL, {**OTHER, "path": "/srv/gluster/web/b"}],
        "pods see all of /srv/gluster/web with /srv/gluster/web/b; mount each volume in a directory of its own, such as /srv/gluster/web/data",
    ),
    "a size without a known unit": ([{**WELL, "capacity": "10GB"}], "capacity 10GB: not a quantity"),
    "a claim's size that is none": ([{**WELL, "claim": {"name": "c", "capacity": "all"}}], "capacity all: not a quantity"),
    "writing to what is only read": ([{**WELL, "read_only": True, "access_modes": ["ReadWriteMany"]}], "leave access_modes out"),
    "a claim that asks for more": ([{**WELL, "claim": {"name": "c", "access_modes": ["ReadOnlyMany"]}}], "ask for some of those"),
    "local without nodes": ([{**WELL, "form": "local"}], "form local without node_affinity"),
    "a label that is a number": ([{**WELL, "labels": {"team": 5}}], "web: team: 5: a label or annotation must be text"),
    "a claim's annotation that is true": ([{**WELL, "claim": {"name": "c", "annotations": {"a": True}}}], "a: True: a label"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_with_what_to_write_instead(case):
    entries, text = MISTAKES[case]
    with pytest.raises(ValueError, match=re.escape(text)):
        complete(entries, "glusterfs", "/gates")


def _one(**changes):
    return complete([{**WELL, **changes}], "glusterfs", "/gates")[0]


def test_a_pod_gets_the_directory_above_the_mount_point_through_the_gate():
    volume = _one()
    assert (volume["node_path"], volume["gate"]) == ("/gates/web", "/srv/gluster/web/data/.meta/../..")
    assert volume["content"] == "data"


def test_the_mount_point_itself_has_a_gate_of_its_own():
    volume = _one(form="hostpath", path="/srv/web/")
    assert (volume["node_path"], volume["gate"], volume["content"]) == ("/gates/web", "/srv/web/.meta/..", "")


@pytest.mark.parametrize(
    ("form", "path"), [("hostpath-parent", "/srv/gluster/web"), ("hostpath", "/srv/gluster/web/data")]
)
def test_without_a_gate_the_path_is_that_of_the_directory(form, path):
    volume = _one(form=form, gate=False)
    assert (volume["node_path"], volume["gate"]) == (path, "")


def test_two_volumes_on_the_same_mount_are_no_mistake():
    complete([WELL, {**WELL, "name": "again", "read_only": True}], "glusterfs", "/gates")


MOUNTED = {**WELL, "volume": "web", "opts": ["log-level=INFO"]}


def _mounted(**changes):
    return complete([MOUNTED, {**MOUNTED, "name": "again", **changes}], "glusterfs", "/gates", ["gfs1", "gfs2"])


@pytest.mark.parametrize("changes", [{}, {"form": "hostpath"}, {"servers": ["gfs1", "gfs2"]}, {"capacity": "2Gi"}])
def test_the_daemon_set_mounts_once_what_two_volumes_say_alike(changes):
    for volume in _mounted(**changes):
        assert (volume["source"], volume["options"]) == (
            "gfs1,gfs2:/web",
            "log-level=INFO,x-failover.cover,x-failover.seal",
        )


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"volume": "b"}, "gfs1,gfs2:/b with"),
        ({"subdir": "docs"}, "gfs1,gfs2:/web/docs with"),
        ({"servers": ["gfs9"]}, "gfs9:/web with"),
        ({"opts": []}, "gfs1,gfs2:/web with options 'x-failover.cover,x-failover.seal'"),
        ({"read_only": True}, "gfs1,gfs2:/web with options 'log-level=INFO,x-failover.cover,x-failover.seal,ro'"),
        (
            {"form": "local", "node_affinity": {"required": {"nodeSelectorTerms": [{}]}}},
            "gfs1,gfs2:/web with options 'log-level=INFO,x-failover.seal'",
        ),
    ],
)
def test_the_daemon_set_does_not_mount_one_of_two_things_at_a_path(changes, text):
    with pytest.raises(ValueError, match=re.escape(text)) as caught:
        _mounted(**changes)
    assert str(caught.value).startswith("web and again: both have path /srv/gluster/web/data, where the DaemonSet")
    assert "or give each a path of its own" in str(caught.value)


def test_access_modes_follow_whether_it_is_only_read():
    assert _one()["access_modes"] == ["ReadWriteMany"]
    assert _one(read_only=True)["access_modes"] == ["ReadOnlyMany"]


def test_a_claim_asks_for_all_of_the_volume_unless_it_says_less():
    assert _one(claim={"name": "c"})["claim"]["capacity"] == "1Gi"
    assert _one(claim={"name": "c", "capacity": "1M", "access_modes": None})["claim"]["capacity"] == "1M"


def test_an_empty_storage_class_is_not_the_default_one():
    assert _one()["storage_class"] == "glusterfs"
    assert _one(storage_class="")["storage_class"] == ""
