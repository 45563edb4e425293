# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import json
import re

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes.objects import (
    Key,
    bare,
    key_of,
    plain,
    read,
)


def volume(**spec):
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "web"}, "spec": spec}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("text", "object 1 is of type str: must be an object of Kubernetes; give what kubectl get -o yaml writes"),
        (["x" * 90], "must be an object of Kubernetes"),
        ({"metadata": {"name": "web"}}, "object 1 has no kind; give what kubectl get -o yaml writes"),
        ({"kind": 7}, "object 1 has no kind"),
        ({"kind": "PersistentVolume"}, "object 1, a PersistentVolume, has no metadata.name"),
        ({"kind": "PersistentVolume", "metadata": {"name": ""}}, "has no metadata.name"),
        ({"kind": "PersistentVolume", "metadata": []}, "has no metadata.name"),
        (
            {"kind": "Pod", "metadata": {"name": "web"}},
            "Pod web has no metadata.namespace, which volumes and claims are found by; write it, as in namespace: default",
        ),
        (
            {"kind": "PersistentVolume", "metadata": {"name": "web"}, "spec": ["glusterfs"]},
            "PersistentVolume web: spec is of type list: must be a mapping; give what kubectl get -o yaml writes",
        ),
        (
            {"kind": "PersistentVolume", "metadata": {"name": "web"}, "status": 1},
            "PersistentVolume web: status is of type int",
        ),
    ],
)
def test_an_object_that_is_none_is_refused(entry, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        read([entry])


def test_two_readings_of_one_object_are_not_mixed():
    with pytest.raises(
        ValueError, match="PersistentVolume web was read twice with different content; give one reading of it"
    ):
        read([volume(glusterfs={}), volume(hostPath={})])
    again = volume()
    again["metadata"]["resourceVersion"] = "7"
    assert list(read([volume(), again])) == [Key("PersistentVolume", "", "web")]


def test_a_list_of_the_api_is_unpacked():
    items = [{"metadata": {"name": "a"}, "spec": {}}, {"metadata": {"name": "b"}, "spec": {}}]
    for entry in (
        {"kind": "PersistentVolumeList", "items": items},
        {"kind": "List", "items": [{"kind": "PersistentVolume", **item} for item in items]},
    ):
        assert [key.name for key in read([entry, None])] == ["a", "b"]
    assert read([{"kind": "PodList", "items": None}]) == {}
    with pytest.raises(ValueError, match="object 1 is of type str"):
        read([{"kind": "List", "items": ["x"]}])


def test_a_kind_that_no_migration_needs_is_passed_over():
    assert read([{"kind": "Secret"}]) == {}


def test_a_key_reads_like_kubectl():
    assert str(Key("Pod", "web", "nginx")) == "Pod web/nginx"
    assert str(key_of(volume())) == "PersistentVolume web"


def test_what_the_server_writes_is_not_handed_back_to_it():
    entry = volume(
        claimRef={"kind": "PersistentVolumeClaim", "namespace": "n", "name": "c", "uid": "1", "resourceVersion": "2"}
    )
    entry["status"] = {"phase": "Bound"}
    entry["metadata"].update(
        uid="3",
        resourceVersion="4",
        labels={"app": "web"},
        annotations={"pv.kubernetes.io/bound-by-controller": "yes", "mine": "stays"},
        finalizers=["kubernetes.io/pv-protection", "mine"],
        ownerReferences=[{"name": "x"}],
    )
    del entry["apiVersion"]
    assert bare(entry) == {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "web", "labels": {"app": "web"}, "annotations": {"mine": "stays"}, "finalizers": ["mine"]},
        "spec": {"claimRef": {"kind": "PersistentVolumeClaim", "namespace": "n", "name": "c"}},
    }
    assert entry["metadata"]["uid"] == "3"


def test_a_workload_keeps_its_owners():
    owners = [{"kind": "Prometheus", "name": "main", "controller": True}]
    entry = {"kind": "StatefulSet", "metadata": {"name": "p", "namespace": "n", "ownerReferences": owners}, "spec": {}}
    assert bare(entry)["metadata"]["ownerReferences"] == owners


def test_every_value_becomes_plain_json():
    class Text(str):
        pass

    class Number(int):
        pass

    found = plain(
        {Text("a"): [Text("b"), Number(3), 1.5, True, None, (1,)], "t": datetime.datetime(2021, 3, 4, 5, 6, 7)}
    )
    assert found == {"a": ["b", 3, 1.5, True, None, [1]], "t": "2021-03-04T05:06:07"}
    assert {type(value) for value in found["a"]} == {str, int, float, bool, type(None), list}
    assert not isinstance(next(iter(found)), Text)
    assert json.loads(json.dumps(found)) == found
