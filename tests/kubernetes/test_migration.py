# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook migrate_kubernetes before an API server: dry run, Retain first, the whole way, Ctrl-C, and back. What the steps are is tested in tests/unit."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
import yaml

from ansible_collections.evenkeel.glusterfs.tests.kubernetes.legacy import Cluster
from ansible_collections.evenkeel.glusterfs.tests.kubernetes.migration import Playbook, content
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_kubernetes import ApiError

# Each runs the playbook several times. Retain first, cuts and the way back are tested quickly in tests/unit/plugins/filter.
pytestmark = pytest.mark.long

LEGACY = Path(__file__).parents[1] / "unit" / "fixtures" / "kubernetes" / "legacy"
NAMES = ("static-claim", "heketi-delete", "bare-pods", "recycle-released")


def objects(*names):
    for name in names:
        for document in yaml.safe_load_all((LEGACY / f"{name}.yaml").read_text()):
            yield from document["items"] if document["kind"] == "List" else [document]


@pytest.fixture
def cluster():
    return Cluster(list(objects(*NAMES)))


@pytest.fixture
def playbook(tmp_path, cluster):
    return Playbook(tmp_path, cluster, mounts=False)


def test_a_dry_run_changes_nothing_and_writes_all_that_a_person_needs(playbook, cluster):
    before = content(cluster)
    text = playbook.succeed("--diff")
    assert (cluster.changes, content(cluster)) == ([], before)
    assert "mountPath" not in text, "manifests may carry secrets"
    assert "mountPath" in playbook.file("rollback/originals.yaml").read_text()
    assert "its policy is Delete and becomes Retain, for good" in text
    assert "changed=0" not in text
    plan = playbook.file("plan.md").read_text()
    assert (
        "retain: patch PersistentVolume pvc-22222222-0000-0000-0000-000000000001. Undo: the policy was Delete" in plan
    )
    assert "+  hostPath:" in playbook.file("changes.diff").read_text()
    manifests = list(yaml.safe_load_all(playbook.file("manifests/volumes.yaml").read_text()))
    web = next(manifest for manifest in manifests if manifest["metadata"]["name"] == "web")
    assert web["spec"]["claimRef"] == {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "name": "content",
        "namespace": "web",
    }
    kinds = [entry["kind"] for entry in playbook.originals()]
    assert kinds.count("PersistentVolume") == 4
    assert {"Deployment", "StatefulSet", "Pod", "Endpoints", "Service"} <= set(kinds)
    assert playbook.file("rollback/originals.yaml").stat().st_mode & 0o077 == 0
    assert not playbook.file("rollback/state").exists()
    assert "changed=0" in playbook.succeed()
    playbook.succeed("--check", apply=True)
    assert cluster.changes == []


def test_files_in_place_of_a_cluster_give_no_plan(playbook, cluster, tmp_path):
    files = [str(LEGACY / f"{name}.yaml") for name in NAMES]
    playbook.succeed(files=files)
    manifests = yaml.safe_load_all(playbook.file("manifests/volumes.yaml").read_text())
    assert [manifest["kind"] for manifest in manifests].count("PersistentVolume") == 5
    code, text = playbook.run(files=files, apply=True)
    assert code != 0
    assert "what files say may be old by now" in text
    assert cluster.changes == []


def test_the_whole_way_and_back_and_again_nothing(playbook, cluster):
    before = content(cluster)
    assert "mountPath" not in playbook.succeed("--diff", apply=True), "manifests may carry secrets"
    cluster.settle()
    sources = {
        entry["metadata"]["name"]: entry["spec"] for entry in cluster.list() if entry["kind"] == "PersistentVolume"
    }
    assert all("hostPath" in spec and spec["persistentVolumeReclaimPolicy"] == "Retain" for spec in sources.values())
    assert cluster.get("PersistentVolumeClaim", "db", "data-db-0")["status"]["phase"] == "Bound"
    assert cluster.get("Deployment", "web", "nginx")["spec"]["replicas"] == 3
    cluster.changes.clear()
    playbook.succeed(apply=True)
    assert cluster.changes == []
    playbook.succeed(apply=True, rollback=True)
    cluster.settle()
    assert content(cluster) == before
    assert cluster.lost == []


def test_nothing_that_containers_have_in_their_environment_is_shown_and_a_refused_step_is_named(tmp_path):
    entries = list(objects("static-claim", "heketi-delete"))
    for entry in entries:
        for container in entry.get("spec", {}).get("template", {}).get("spec", {}).get("containers", []):
            container["env"] = [{"name": "PASSWORD", "value": "SECRET-XYZ"}]
    cluster = Cluster(entries)
    playbook = Playbook(tmp_path, cluster, mounts=False)
    loud = ("-vvv", "--diff")
    assert "SECRET-XYZ" not in playbook.succeed(*loud)
    assert "SECRET-XYZ" in playbook.file("rollback/originals.yaml").read_text()

    def refuse(verb, key, body):
        """As a real one refuses it, with all of the template."""
        if verb == "patch" and key == ("Deployment", "web", "nginx"):
            template = cluster.get(*key)["spec"]["template"]
            raise ApiError(422, "Invalid", f"spec.template: Invalid value: {template}: field is immutable")

    cluster.refuse = refuse
    code, text = playbook.run(*loud, apply=True)
    assert code != 0
    assert "patch Deployment web/nginx: Failed to patch object: Invalid (422): spec.template: Invalid value" in text
    assert "SECRET-XYZ" not in text
    cluster.refuse = lambda verb, key, body: None
    assert "SECRET-XYZ" not in playbook.succeed(*loud, apply=True)
    assert "SECRET-XYZ" not in playbook.succeed(*loud, apply=True, rollback=True)
    code, text = playbook.run("-vvv", only=["nobody"])
    assert code != 0
    assert "'nobody' is no PersistentVolume with the in-tree source; there are" in text
    assert "SECRET-XYZ" not in text


def test_a_refused_patch_of_one_volume_ends_the_run_before_anything_is_stopped_or_removed(playbook, cluster):
    before = content(cluster)

    def refuse(verb, key, body):
        if verb == "patch" and key == ("PersistentVolume", "", "scratch"):
            raise ApiError(403, "Forbidden", 'persistentvolumes "scratch" is forbidden: no rights to patch')

    cluster.refuse = refuse
    code, text = playbook.run(apply=True)
    assert code != 0
    assert "is forbidden: no rights to patch" in text.replace("\\", "")
    after = content(cluster)
    heketi = "PersistentVolume pvc-22222222-0000-0000-0000-000000000001"
    assert after[heketi]["spec"]["persistentVolumeReclaimPolicy"] == "Retain"
    after[heketi]["spec"]["persistentVolumeReclaimPolicy"] = "Delete"
    assert after == before


@pytest.mark.parametrize("rollback", [False, True])
def test_ctrl_c_anywhere_costs_no_object_and_no_data(playbook, cluster, rollback):
    """A run after the other, each cut off one change later than the one before."""
    before = content(cluster)
    if rollback:
        playbook.succeed(apply=True)
        cluster.settle()
    cuts = 0
    after_changes = 1
    while True:
        count = len(cluster.changes)

        def cut(verb, key, body, count=count, after_changes=after_changes):
            if len(cluster.changes) - count == after_changes:
                threading.Thread(target=playbook.interrupt).start()

        cluster.refuse = cut
        code, text = playbook.run(apply=True, rollback=rollback)
        if code == 0:
            break
        assert re.search("interrupt|Interrupt|signal", text), text
        cuts += 1
        after_changes += 2
    assert cuts >= 2
    cluster.settle()
    assert cluster.lost == []
    if rollback:
        assert content(cluster) == before
    else:
        assert all("glusterfs" not in entry["spec"] for entry in cluster.list() if entry["kind"] == "PersistentVolume")
        assert cluster.get("Deployment", "web", "nginx")["spec"]["replicas"] == 3


def test_a_wait_ends_in_time_and_says_what_it_waited_for(playbook, cluster):
    cluster.objects["Pod", "web", "debug"] = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "debug", "namespace": "web", "uid": "1"},
        "spec": {
            "containers": [{"name": "x"}],
            "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "content"}}],
        },
        "status": {"phase": "Running"},
    }
    owner = {"apiVersion": "example.com/v1", "kind": "Session", "name": "s", "uid": "2", "controller": True}
    cluster.objects["Pod", "web", "debug"]["metadata"]["ownerReferences"] = [owner]
    code, text = playbook.run(apply=True, timeout=3, only=["web"])
    assert code != 0
    said = " ".join(text.split())
    assert "After 3 s still waiting. Pod web/debug of Session s still uses the volume; Session s owns it" in said
    assert "Run the playbook again to go on from here" in said
    assert not any(change.startswith("delete") for change in cluster.changes)
