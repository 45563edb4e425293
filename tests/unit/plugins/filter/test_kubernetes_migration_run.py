# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Migrations of whole clusters in memory: Retain first, a cut at every step, the way back."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, Callable

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.evenkeel.glusterfs.plugins.filter.kubernetes_migration import (
    FilterModule,
    kubernetes_migration,
)
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes.objects import bare
from ansible_collections.evenkeel.glusterfs.tests.unit import kubernetes_role
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_kubernetes import ApiError, FakeCluster

LEGACY = Path(__file__).parents[2] / "fixtures" / "kubernetes" / "legacy"
NAMES = ["bare-pods", "batch", "controllers", "groups", "heketi-delete", "inline", "recycle-released", "static-claim"]
MOST_WAITS = 30


class TimeLimit(Exception):
    """What was waited for has not come."""


class Operator:
    """Somebody who runs the playbook: reads, plans, keeps the rollback folder, takes the steps, waits. As tasks/migrate.yml of the role does it."""

    def __init__(self, cluster: FakeCluster) -> None:
        self.cluster = cluster
        self.record: list[Any] = []
        self.state = "new"
        self.taken: list[str] = []
        self.cut: Callable[[int, str], None] = lambda number, when: None

    def run(self, *, rollback: bool = False, **settings: Any) -> None:
        self.taken = []
        first = kubernetes_migration(
            self.cluster.list(), settings, known=self.record, state=self.state, rollback=rollback
        )
        self.record = first["originals"]
        self.state = "begun"
        targets = kubernetes_role.manifests(first["volumes"])
        waits = 0
        while True:
            found = kubernetes_migration(
                self.cluster.list(),
                settings,
                record=first["record"],
                targets=targets,
                rollback=rollback,
                taken=self.taken,
            )
            if found["finished"]:
                self.state = "new" if rollback else "finished"
                return
            for step in found["steps"]:
                self.take(step)
            if found["waits"] and not found["steps"]:
                waits += 1
                if waits > MOST_WAITS:
                    raise TimeLimit("; ".join(wait["text"] for wait in found["waits"]))
                self.cluster.tick()

    def take(self, step: dict[str, Any]) -> None:
        number = len(self.taken)
        self.cut(number, "before")
        entry = step["definition"]
        where = (entry["kind"], entry["metadata"].get("namespace", ""), entry["metadata"]["name"])
        if step["state"] == "present":
            self.cluster.create(entry)
        elif step["state"] == "absent":
            self.cluster.delete(*where, uid=step["delete_options"].get("preconditions", {}).get("uid", ""))
        else:
            self.cluster.patch(*where, body=entry)
        self.taken.append(step["name"])
        self.cut(number, "after")


def cluster(*names: str, **options: Any) -> FakeCluster:
    objects = []
    for name in names:
        for document in yaml.safe_load_all((LEGACY / f"{name}.yaml").read_text()):
            kind = document["kind"][: -len("List")] if document["kind"].endswith("List") else None
            objects += (
                document["items"]
                if document["kind"] == "List"
                else [{"kind": kind, **item} for item in document["items"]]
                if kind
                else [document]
            )
    return FakeCluster(objects, nodes=({"screen": "yes"}, {}), **options)


def content(cluster: FakeCluster) -> dict[str, Any]:
    """What the users of a cluster have made: without what it makes of that itself."""
    found = {}
    for entry in cluster.list():
        key = "/".join((entry["kind"], entry["metadata"].get("namespace", ""), entry["metadata"]["name"]))
        if not any(owner.get("controller") for owner in entry["metadata"].get("ownerReferences") or []):
            found[key] = bare(entry)
            if entry["kind"] == "Pod":
                found[key]["spec"].pop("nodeName", None)
    return found


def sources(cluster: FakeCluster) -> dict[str, str]:
    """What each PersistentVolume shows."""
    return {
        entry["metadata"]["name"]: next(
            name for name in ("glusterfs", "hostPath", "local", "nfs") if name in entry["spec"]
        )
        for entry in cluster.list()
        if entry["kind"] == "PersistentVolume"
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_volume_leaves_the_plug_in_and_every_pod_starts(name):
    there = cluster(name, plugin=False)
    before = content(there)
    Operator(there).run()
    there.settle()
    assert set(sources(there).values()) == {"hostPath"}
    assert there.lost == []
    pods = {entry["metadata"]["name"]: entry["status"]["phase"] for entry in there.list() if entry["kind"] == "Pod"}
    stuck = {pod for pod, phase in pods.items() if phase == "Pending"}
    assert {pod for pod in stuck if not pod.startswith("import-")} == set()
    after = content(there)
    for key in before:
        assert key in after
        for field in ("replicas", "suspend"):
            assert after[key].get("spec", {}).get(field) == before[key].get("spec", {}).get(field)
        assert "evenkeel.glusterfs/stopped" not in str(after[key])


@pytest.mark.parametrize("name", NAMES)
def test_a_second_run_changes_nothing(name):
    there = cluster(name)
    operator = Operator(there)
    operator.run()
    there.settle()
    there.changes.clear()
    operator.run()
    assert there.changes == []


@pytest.mark.parametrize("plugin", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_the_way_back_leaves_the_originals(name, plugin):
    there = cluster(name, plugin=plugin)
    before = content(there)
    operator = Operator(there)
    operator.run(ready=False)
    there.settle()
    operator.run(rollback=True)
    there.settle()
    assert content(there) == before
    assert there.lost == []
    there.changes.clear()
    operator.run(rollback=True)
    assert there.changes == []


@pytest.mark.parametrize("rollback", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_a_run_that_was_cut_off_anywhere_ends_as_one_that_was_not(name, rollback):
    start = Operator(cluster(name))
    if rollback:
        start.run()
        start.cluster.settle()
    operator = copy.deepcopy(start)
    whole = operator.cluster
    operator.run(rollback=rollback)
    whole.settle()
    for number in range(len(operator.taken)):
        for when in ("before", "after"):
            cut = copy.deepcopy(start)
            there = cut.cluster

            def interrupt(at, moment, number=number, when=when):
                if (at, moment) == (number, when):
                    raise KeyboardInterrupt

            cut.cut = interrupt
            with pytest.raises(KeyboardInterrupt):
                cut.run(rollback=rollback)
            there.settle()
            cut.cut = lambda at, moment: None
            cut.run(rollback=rollback)
            there.settle()
            assert content(there) == content(whole), f"cut {when} step {number}"
            assert there.lost == []


@pytest.mark.parametrize("name", NAMES)
def test_the_way_back_from_the_middle_loses_no_original(name):
    whole = Operator(cluster(name))
    whole.run()
    for number in range(len(whole.taken)):
        there = cluster(name)
        before = content(there)
        operator = Operator(there)

        def interrupt(at, moment, number=number):
            if (at, moment) == (number, "after"):
                raise KeyboardInterrupt

        operator.cut = interrupt
        with pytest.raises(KeyboardInterrupt):
            operator.run()
        operator.cut = lambda at, moment: None
        there.settle()
        operator.run(rollback=True)
        there.settle()
        assert content(there) == before, f"cut after step {number}"
        assert there.lost == []


def test_nothing_is_changed_where_the_policy_of_a_volume_cannot_be_patched():
    there = cluster("heketi-delete", "static-claim")
    before = content(there)

    def refuse(verb, key, body):
        if verb == "patch" and key[0] == "PersistentVolume":
            raise ApiError(403, "Forbidden", "persistentvolumes is forbidden")

    there.refuse = refuse
    with pytest.raises(ApiError, match="forbidden"):
        Operator(there).run()
    there.settle()
    assert there.changes == []
    assert content(there) == before


def test_a_policy_that_is_set_back_at_once_is_not_taken_for_set():
    """As by a controller that keeps the class's policy."""
    there = cluster("heketi-delete")
    patch = there.patch

    def lie(kind, namespace, name, body):
        if kind == "PersistentVolume":
            return there.get(kind, namespace, name)
        return patch(kind, namespace, name, body)

    there.patch = lie
    with pytest.raises(
        AnsibleFilterError, match="pvc-22222222.* patched to the policy Retain, and reads otherwise again"
    ):
        Operator(there).run()
    assert there.changes == []


def test_a_policy_that_goes_back_in_the_middle_costs_no_data():
    there = cluster("heketi-delete")
    operator = Operator(there)

    def set_back(number, when):
        if operator.taken and operator.taken[-1].startswith("stop") and when == "after":
            there.objects["PersistentVolume", "", "pvc-22222222-0000-0000-0000-000000000001"]["spec"][
                "persistentVolumeReclaimPolicy"
            ] = "Delete"

    operator.cut = set_back
    with pytest.raises(AnsibleFilterError, match="reads otherwise again"):
        operator.run()
    there.settle()
    assert there.lost == []
    assert ("PersistentVolumeClaim", "db", "data-db-0") in there.objects


def test_the_fake_cluster_loses_data_where_retain_does_not_come_first():
    """Or the tests above would prove nothing."""
    there = cluster("heketi-delete")
    there.patch("StatefulSet", "db", "db", {"spec": {"replicas": 0}})
    there.delete("PersistentVolumeClaim", "db", "data-db-0")
    there.settle()
    assert there.lost == ["vol_8b3a1f"]


def test_a_pod_that_somebody_started_meanwhile_keeps_its_data():
    there = cluster("static-claim")
    operator = Operator(there)
    spec = {
        "containers": [{"name": "x"}],
        "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "content"}}],
    }

    def start(number, when):
        if operator.taken and operator.taken[-1] == "stop: patch Deployment web/nginx":
            there.objects.setdefault(
                ("Pod", "web", "debug"),
                {
                    "kind": "Pod",
                    "metadata": {"name": "debug", "namespace": "web", "uid": "1"},
                    "spec": spec,
                    "status": {"phase": "Running"},
                },
            )

    operator.cut = start
    with pytest.raises(TimeLimit, match="Pod web/debug still uses the volume"):
        operator.run()
    assert not any(change.startswith("delete") for change in there.changes)


def test_a_deployment_that_is_scaled_up_again_is_left_to_who_did_it():
    there = cluster("static-claim")
    operator = Operator(there)

    def scale(number, when):
        if operator.taken and operator.taken[-1] == "stop: patch Deployment web/nginx":
            there.objects["Deployment", "web", "nginx"]["spec"]["replicas"] = 3

    operator.cut = scale
    with pytest.raises(
        AnsibleFilterError, match="Deployment web/nginx: the step 'stop' was done, and something has undone it"
    ):
        operator.run()
    operator.cut = lambda number, when: None
    operator.run()
    assert there.objects["Deployment", "web", "nginx"]["spec"]["replicas"] == 3


def test_a_finalizer_of_somebody_else_stays():
    there = cluster("extras")
    with pytest.raises(
        TimeLimit,
        match="the controller behind the finalizer backup.example.com/keep has let it go, which is never done here by force",
    ):
        Operator(there).run(only=["guarded"])
    assert there.objects["PersistentVolume", "", "guarded"]["metadata"]["finalizers"] == ["backup.example.com/keep"]


def test_a_volume_that_was_edited_meanwhile_stays():
    there = cluster("static-claim")
    operator = Operator(there)
    operator.run()
    key = ("PersistentVolume", "", "web")
    there.objects[key]["spec"]["hostPath"]["path"] = "/elsewhere"
    operator.state = "begun"
    with pytest.raises(
        AnsibleFilterError, match="web shows hostPath.path=/elsewhere .* neither what it was nor what it becomes"
    ):
        operator.run()
    assert there.objects[key]["spec"]["hostPath"]["path"] == "/elsewhere"


def test_a_claim_that_somebody_made_meanwhile_stays():
    there = cluster("static-claim")
    operator = Operator(there)

    def take_its_place(number, when):
        if operator.taken and operator.taken[-1].startswith("remove volumes") and when == "after":
            there.create(
                {
                    "apiVersion": "v1",
                    "kind": "PersistentVolumeClaim",
                    "metadata": {"name": "content", "namespace": "web"},
                    "spec": {"volumeName": "other"},
                }
            )

    operator.cut = take_its_place
    with pytest.raises(
        AnsibleFilterError, match="PersistentVolumeClaim web/content: somebody has made a claim of this name for other"
    ):
        operator.run()
    assert ("PersistentVolumeClaim", "web", "content") in there.objects


def test_one_volume_is_tried_and_the_others_are_not_touched():
    there = cluster("groups")
    Operator(there).run(only=["c"])
    assert sources(there) == {"a": "glusterfs", "b": "glusterfs", "c": "hostPath"}
    assert not any("one/" in change for change in there.changes)


def test_the_rest_follows_a_trial_and_the_way_back_leads_all_the_way():
    there = cluster("groups")
    before = content(there)
    operator = Operator(there)
    operator.run(only=["c"])
    operator.run()
    assert set(sources(there).values()) == {"hostPath"}
    operator.run(rollback=True)
    assert content(there) == before


def test_groups_that_have_nothing_to_do_with_each_other_stand_still_one_by_one_unless_asked():
    there = cluster("groups")
    operator = Operator(there)
    operator.run()
    one = operator.taken.index("start: patch Deployment one/both")
    assert operator.taken.index("stop: patch Deployment two/alone") > one
    at_once = Operator(cluster("groups"))
    at_once.run(at_once=2)
    assert at_once.taken.index("stop: patch Deployment two/alone") < at_once.taken.index(
        "start: patch Deployment one/both"
    )


def test_what_an_operator_owns_is_left_to_its_operator():
    there = cluster("by-hand")
    operator = Operator(there)
    with pytest.raises(TimeLimit, match="Prometheus main owns it"):
        operator.run()
    assert not any("StatefulSet" in change or "exporter" in change for change in there.changes)
    for key in [key for key in there.objects if key[0] in ("StatefulSet", "Pod") and "exporter" not in key[2]]:
        there.objects[key]["spec"]["replicas"] = 0
        there.delete(*key) if key[0] == "Pod" else None
    there.settle()
    operator.run()
    assert set(sources(there).values()) == {"hostPath"}


def test_the_plan_of_the_way_back_has_its_own_steps():
    there = cluster("heketi-delete")
    operator = Operator(there)
    operator.run()
    found = kubernetes_migration(there.list(), known=operator.record, state="finished", rollback=True)
    targets = kubernetes_role.manifests(found["volumes"])
    back = kubernetes_migration(there.list(), record=found["record"], targets=targets, rollback=True, files=True)
    assert list(back["files"]) == ["plan.md"]
    steps = back["files"]["plan.md"].splitlines()
    assert steps[0] == "# The way back to in-tree GlusterFS volumes"
    assert any("make volumes: create PersistentVolume pvc-22222222" in line for line in steps)
    assert any(
        line.endswith(
            "policy: patch PersistentVolume pvc-22222222-0000-0000-0000-000000000001. Undo: patch it to Retain."
        )
        for line in steps
    )


def test_a_volume_that_was_brought_over_may_be_asked_for_again():
    there = cluster("groups")
    operator = Operator(there)
    operator.run(only=["c"])
    there.changes.clear()
    operator.run(only=["c"])
    assert there.changes == []
    operator.run(only=["c", "a"])
    assert sources(there) == {"a": "hostPath", "b": "glusterfs", "c": "hostPath"}


def test_a_state_that_is_none_is_refused():
    with pytest.raises(AnsibleFilterError, match="state 'done': must be one of new, begun, finished"):
        kubernetes_migration([], state="done")


def test_text_in_braces_of_an_object_is_no_template():
    """As the annotations of a chart's tools have it."""
    filters = FilterModule().filters()
    objects = list(yaml.safe_load_all((LEGACY / "subdir.yaml").read_text()))
    objects[0]["items"][1]["metadata"]["annotations"] = {"note": "{{ 1 + 1 }}"}
    found = filters["kubernetes_migration"](objects)
    assert found["volumes"][0]["annotations"] == {"note": "{{ 1 + 1 }}"}
