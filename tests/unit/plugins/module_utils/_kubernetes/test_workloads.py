# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes import patch, workloads
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes.objects import Key, key_of

POD = {
    "initContainers": [{"name": "first", "volumeMounts": [{"name": "a", "mountPath": "/a", "subPath": "x"}]}],
    "containers": [
        {
            "name": "app",
            "volumeMounts": [
                {"name": "a", "mountPath": "/a"},
                {"name": "b", "mountPath": "/b", "mountPropagation": "Bidirectional"},
            ],
        }
    ],
    "volumes": [
        {"name": "a", "glusterfs": {"endpoints": "e", "path": "v"}},
        {"name": "b", "persistentVolumeClaim": {"claimName": "mine"}},
    ],
}


def workload(kind, **spec):
    where = {"Pod": POD, "CronJob": {"jobTemplate": {"spec": {"template": {"spec": POD}}}}}.get(
        kind, {"template": {"spec": POD}}
    )
    return {"kind": kind, "metadata": {"name": "w", "namespace": "n"}, "spec": {**where, **spec}}


def owned(entry, kind, name):
    return {
        **entry,
        "metadata": {
            **entry["metadata"],
            "ownerReferences": [{"kind": "Node", "name": "x"}, {"kind": kind, "name": name, "controller": True}],
        },
    }


def found(*entries):
    return workloads.find({key_of(entry): entry for entry in entries})


@pytest.mark.parametrize(
    ("kind", "spec", "stopped"),
    [
        ("Deployment", {"replicas": 3}, {"replicas": 0}),
        ("Deployment", {}, {"replicas": 0}),
        ("StatefulSet", {"replicas": 1}, {"replicas": 0}),
        ("ReplicaSet", {"replicas": 2}, {"replicas": 0}),
        ("ReplicationController", {"replicas": 2}, {"replicas": 0}),
        ("CronJob", {"suspend": False}, {"suspend": True}),
        ("Job", {}, {"suspend": True}),
        ("DaemonSet", {}, {"template": {"spec": {"nodeSelector": {workloads.STOPPED: "true"}}}}),
    ],
)
def test_what_was_stopped_is_started_as_it_was(kind, spec, stopped):
    entry = workload(kind, **spec)
    assert workloads.runs(entry)
    change = workloads.stop(entry)
    assert change["spec"] == stopped
    still = patch.apply(entry, change)
    assert not workloads.runs(still)
    assert workloads.start(entry) is None
    again = patch.apply(still, workloads.start(still))
    assert workloads.runs(again)
    assert again["spec"].get("replicas", 1) == spec.get("replicas", 1)
    assert again["spec"].get("suspend", False) is False
    assert workloads.start(again) is None


def test_a_workload_that_scales_itself_back_is_remembered_as_it_was():
    entry = patch.apply(workload("Deployment", replicas=3), workloads.stop(workload("Deployment", replicas=3)))
    entry["spec"]["replicas"] = 5
    assert workloads.stop(entry)["metadata"]["annotations"] == {workloads.STOPPED: "3"}
    assert workloads.start(entry)["spec"] == {}, "it runs; only the mark goes"


@pytest.mark.parametrize(("kind", "spec"), [("Deployment", {"replicas": 0}), ("CronJob", {"suspend": True})])
def test_what_stood_still_before_is_not_started(kind, spec):
    assert not workloads.runs(workload(kind, **spec))
    assert workloads.start(workload(kind, **spec)) is None
    assert workloads.runs(workload("Pod"))


def test_a_pod_belongs_to_the_workload_that_owns_it():
    deployment, replicas, pod = (
        workload("Deployment"),
        owned(workload("ReplicaSet"), "Deployment", "w"),
        owned(workload("Pod"), "ReplicaSet", "w"),
    )
    assert [user.key.kind for user in found(deployment, replicas, pod)] == ["Deployment"]
    everything = {key_of(entry): entry for entry in (deployment, replicas, pod)}
    assert workloads.top(pod, everything) == Key("Deployment", "n", "w")
    del everything[key_of(deployment)]
    assert workloads.top(pod, everything) == Key("ReplicaSet", "n", "w")


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (owned(workload("StatefulSet"), "Prometheus", "main"), "Prometheus main owns it and would start it again"),
        (owned(workload("Pod"), "ReplicaSet", "gone"), "ReplicaSet gone, which owns it, was not read"),
        (
            {
                **workload("Pod", nodeName="node1"),
                "metadata": {"name": "w", "namespace": "n", "annotations": {"kubernetes.io/config.mirror": "x"}},
            },
            "static pod of node node1",
        ),
    ],
)
def test_what_others_own_is_left_to_them(entry, why):
    (user,) = found(entry)
    assert why in user.by_hand
    assert user.untouchable


def test_what_has_ended_holds_no_volume():
    assert (
        found(
            {**workload("Pod"), "status": {"phase": "Succeeded"}},
            {**workload("Job"), "status": {"conditions": [{"type": "Failed", "status": "True"}]}},
        )
        == []
    )
    assert found({**workload("Job"), "status": {"conditions": [{"type": "Failed", "status": "False"}]}})[0].untouchable


def test_claims_of_a_stateful_set_are_told_from_those_of_another_one():
    def claim(name):
        return {"kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": "n"}, "spec": {}}

    entry = workload("StatefulSet", volumeClaimTemplates=[{"metadata": {"name": "data"}}])
    names = ("data-w-0", "data-w-12", "data-w-x", "data-w2-0", "other-w-0", "data-w-0-more")
    (user,) = found(entry, *(claim(name) for name in names))
    assert user.claims == {"mine", "data-w-0", "data-w-12"}
    assert workloads.volume_names(entry, {"data-w-0"}) == {"data"}


@pytest.mark.parametrize("kind", ["Deployment", "CronJob", "Pod"])
def test_a_template_gets_the_new_source_and_keeps_all_else(kind):
    entry = workload(kind)
    wanted = workloads.converted(entry, {"a": ("new", True)}, {"new", "mine"})
    spec = workloads.template(wanted)
    assert spec["volumes"][0] == {"name": "a", "persistentVolumeClaim": {"claimName": "new", "readOnly": True}}
    assert spec["initContainers"][0]["volumeMounts"][0]["mountPropagation"] == "HostToContainer"
    assert [mount["mountPropagation"] for mount in spec["containers"][0]["volumeMounts"]] == [
        "HostToContainer",
        "Bidirectional",
    ]
    there = patch.apply(entry, workloads.difference(entry, wanted))
    assert there == wanted
    assert workloads.difference(there, wanted) == {}
    assert patch.apply(there, workloads.difference(there, entry)) == entry


def test_a_template_that_needs_nothing_is_not_changed():
    entry = workload("Deployment")
    assert workloads.converted(entry, {}, set()) == entry
    assert workloads.difference(entry, entry) == {}
    other = workload("Deployment")
    other["spec"] = {
        "template": {"spec": {"containers": [{"name": "new"}], "volumes": [{"name": "c", "emptyDir": {}}]}}
    }
    assert workloads.difference(other, entry) == {}, "what others have put there is theirs"


def test_the_places_of_a_volume_are_told():
    names = workloads.volume_names(workload("Deployment"), {"mine"})
    assert names == {"b"}
    assert workloads.places(workload("Deployment"), {"a"}) == [
        ("first", "/a", True, False),
        ("app", "/a", False, False),
    ]
    assert workloads.places(workload("Deployment"), {"b"}) == [("app", "/b", False, True)]


@pytest.mark.parametrize(
    ("kind", "status", "missing"),
    [
        ("Deployment", {"readyReplicas": 3, "observedGeneration": 2}, ""),
        ("Deployment", {"readyReplicas": 1, "observedGeneration": 2}, "1 of 3 pods are ready"),
        ("Deployment", {"readyReplicas": 3, "observedGeneration": 1}, "its controller has not seen the change yet"),
        (
            "DaemonSet",
            {"numberReady": 1, "desiredNumberScheduled": 2, "observedGeneration": 2},
            "1 of 2 pods are ready",
        ),
        ("CronJob", {}, ""),
        ("Pod", {}, ""),
    ],
)
def test_a_workload_is_said_to_be_ready_when_it_is(kind, status, missing):
    entry = {**workload(kind, replicas=3), "status": status}
    entry["metadata"] = {**entry["metadata"], "generation": 2}
    assert workloads.missing(entry) == missing


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (workload("Deployment", paused=True), "it is paused"),
        (
            workload("StatefulSet", updateStrategy={"rollingUpdate": {"partition": 2}}),
            "updateStrategy.rollingUpdate.partition is 2",
        ),
        (workload("StatefulSet", updateStrategy={"type": "OnDelete"}), ""),
        (workload("DaemonSet"), ""),
    ],
)
def test_pods_that_will_keep_the_old_template_are_foretold(entry, why):
    assert workloads.keeps_old_template(entry) == why
