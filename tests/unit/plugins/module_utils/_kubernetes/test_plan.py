# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of which manifest is in tests/unit/fixtures/kubernetes; here are the mistakes, each with its message."""

from __future__ import annotations

import re

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes import plan
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes.objects import read


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"root": "volumes"}, "root 'volumes': must be absolute"),
        ({"root": "/"}, "root '/': is the root directory"),
        (
            {"root": "/var/tmp/gluster"},
            "root '/var/tmp/gluster': Kubernetes deletes what a hostPath volume shows below a tmp directory",
        ),
        ({"form": "nfs"}, "form 'nfs': must be one of hostpath, hostpath-parent, local"),
        ({"form": "local"}, "form 'local' needs node_affinity, the nodes that have the mounts"),
        (
            {"servers": {"gluster": ["a"]}},
            "servers: 'gluster' must be the namespace and the name of an Endpoints object, as in default/glusterfs-cluster",
        ),
        ({"servers": {"a/b": []}}, "servers of a/b: [] must be a list that is not empty, as in [gfs1, gfs2]"),
        ({"servers": {"a/b": "gfs1"}}, "servers of a/b: 'gfs1' must be a list that is not empty"),
        ({"servers": {"a/b": ["gfs1,gfs2"]}}, "servers of a/b: 'gfs1,gfs2' has a comma"),
        ({"at_once": 0}, "at_once 0: must be a whole number from 1"),
        ({"at_once": "all"}, "at_once 'all': must be a whole number from 1"),
        ({"namespace": "x"}, "namespace is no setting; there are root, form"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(settings, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        plan.check(settings)


def test_a_setting_that_is_right_is_taken():
    given = {
        "root": "/mnt/kubernetes/",
        "form": "local",
        "servers": {"a/b": ["gfs1", "GFS1", "192.0.2.1"]},
        "node_affinity": {"required": {}},
        "only": ["web"],
        "hosts": ["node1"],
        "at_once": 3,
        "ready": False,
        "propagation": False,
        "capacity": "2Gi",
    }
    found = plan.check(given)
    assert (found.root, found.servers, found.only) == ("/mnt/kubernetes", {"a/b": ("gfs1", "192.0.2.1")}, {"web"})
    assert (found.at_once, found.ready, found.propagation, found.capacity) == (3, False, False, "2Gi")
    assert plan.check({}) == plan.Settings()


def volume(**spec):
    good = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteMany"],
        "glusterfs": {"endpoints": "e", "path": "v"},
    }
    return {"kind": "PersistentVolume", "metadata": {"name": "web"}, "spec": {**good, **spec}}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"capacity": {}}, "PersistentVolume web: spec.capacity.storage is missing; write its size, as in 10Gi"),
        ({"capacity": "10Gi"}, "PersistentVolume web: spec.capacity.storage is missing"),
        (
            {"accessModes": []},
            "PersistentVolume web: spec.accessModes is []: must be a list of ReadWriteOnce, ReadOnlyMany, ReadWriteMany",
        ),
        ({"accessModes": ["ReadWriteOncePod"]}, "spec.accessModes is ['ReadWriteOncePod']"),
        ({"accessModes": "ReadWriteMany"}, "spec.accessModes is 'ReadWriteMany'"),
        ({"claimRef": {"name": "c"}}, "PersistentVolume web: spec.claimRef has no namespace or no name"),
        ({"glusterfs": "e:v"}, "PersistentVolume web: spec.glusterfs is 'e:v': must be a mapping"),
    ],
)
def test_a_broken_volume_is_refused(spec, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        plan.make(read([volume(**spec)]), plan.Settings())


def test_a_broken_source_in_a_template_is_refused():
    pod = {
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "n"},
        "spec": {"volumes": [{"name": "v", "glusterfs": {"path": "x"}}]},
    }
    with pytest.raises(ValueError, match="Pod n/p: volume v.glusterfs.endpoints is None"):
        plan.make(read([pod]), plan.Settings())


def test_a_trial_of_a_volume_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(ValueError, match="only: 'wep' is no PersistentVolume with the in-tree source; there are web"):
        plan.make(read([volume()]), plan.Settings(only=frozenset(["wep"])))
    with pytest.raises(ValueError, match="there are none"):
        plan.make({}, plan.Settings(only=frozenset(["wep"])))


def test_each_inline_source_gets_a_volume_of_its_own_with_a_name_that_kubernetes_takes():
    def pod(name, path, endpoints="e"):
        volumes = [{"name": "v", "glusterfs": {"endpoints": endpoints, "path": path}}]
        return {"kind": "Pod", "metadata": {"name": name, "namespace": "n"}, "spec": {"volumes": volumes}}

    paths = ["a/b", "a-b", "A-b", "_", "x" * 200, "x" * 201]
    pods = [pod(f"p{number}", path) for number, path in enumerate(paths)] + [pod("other", "a/b", "f")]
    servers = {"n/e": ("gfs1",), "n/f": ("gfs2",)}
    found = plan.make(read(pods), plan.Settings(servers=servers)).volumes
    names = [volume.name for volume in found]
    assert len(set(names)) == len(pods)
    assert all(re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name) for name in names)


def test_no_objects_are_an_empty_plan():
    empty = plan.make({}, plan.Settings())
    assert (empty.volumes, empty.unsupported, empty.record, empty.mounts(), empty.entries()) == ((), (), (), [], [])
