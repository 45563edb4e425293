# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role from a user's side: into a folder, into a cluster, on a node; mistakes, each with its message."""

from __future__ import annotations

import json
import os

import pytest

from ansible_collections.evenkeel.glusterfs.tests.kubernetes.conftest import Role


def test_a_folder_is_written_once_changed_by_what_changes_and_emptied(role):
    foreseen = role.run((), "--check").succeeded()
    assert not (role.folder / "manifests").exists()
    assert foreseen.changed == 2
    role.run().succeeded()
    assert role.run().succeeded().changed == 0
    different = role.run({"gluster_kubernetes_storage_class": "other"}, "--check", "--diff").succeeded()
    assert "+storageClassName: other" in different.text.replace(" ", "")
    (role.folder / "manifests/mine.yaml").write_text("{}")
    role.run({"gluster_kubernetes_state": "absent"}).succeeded()
    assert list(role.manifests()) == ["mine.yaml"], "what others put there stays"
    assert role.run({"gluster_kubernetes_state": "absent"}).succeeded().changed == 0


class TestCluster:
    @pytest.fixture(autouse=True)
    def _with(self, role, cluster, server):
        self.role, self.cluster, self.server = role, cluster, server
        self.variables = {
            "gluster_kubernetes_kubeconfig": str(role.folder / "kubeconfig"),
            "gluster_kubernetes_examples": False,
        }

    def run(self, *options, **variables):
        return self.role.run({**self.variables, **variables}, *options)

    def test_objects_are_made_once_bound_and_removed(self):
        foreseen = self.run("--check").succeeded()
        assert (foreseen.changed, self.server.changes()) == (1, [])
        made = self.run("--diff").succeeded()
        assert made.changed == 1
        assert self.cluster.find("PersistentVolumeClaim", "docs", "shop")["status"]["phase"] == "Bound"
        assert self.cluster.find("StorageClass", "glusterfs")["provisioner"] == "kubernetes.io/no-provisioner"
        before = self.server.changes()
        assert self.run().succeeded().changed == 0
        assert self.server.changes() == before, "nothing is written where nothing differs"
        foreseen = self.run("--check", gluster_kubernetes_state="absent").succeeded()
        assert (foreseen.changed, self.server.changes()) == (1, before)
        self.run(gluster_kubernetes_state="absent").succeeded()
        assert {plural for plural, _namespace, _name in self.cluster.objects} == {"namespaces"}
        assert self.run(gluster_kubernetes_state="absent").succeeded().changed == 0

    def test_a_claim_that_takes_no_volume_is_an_error_and_not_an_ok(self):
        self.run().succeeded()
        volume = self.cluster.find("PersistentVolume", "web")
        volume["spec"]["claimRef"]["uid"] = "another claim's"
        del self.cluster.find("PersistentVolumeClaim", "web", "default")["status"]
        failed = self.run(gluster_kubernetes_timeout_bound=2)
        assert failed.rc != 0
        assert "default/web" in failed.text

    def test_a_claim_in_use_is_not_said_to_be_removed(self):
        self.run().succeeded()
        pod = {"metadata": {"name": "user", "namespace": "default"}, "kind": "Pod"}
        pod["spec"] = {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "web"}}]}
        self.cluster.objects["pods", "default", "user"] = pod
        failed = self.run(gluster_kubernetes_state="absent", gluster_kubernetes_timeout_removed=2)
        assert failed.rc != 0
        assert "PersistentVolumeClaim web" in failed.text
        assert self.cluster.find("PersistentVolume", "web"), "a volume goes after its claim"

    def test_a_namespace_that_is_missing_is_named(self):
        del self.cluster.objects["namespaces", None, "shop"]
        failed = self.run()
        assert failed.rc != 0
        assert "namespaces 'shop' not found" in failed.text.replace("\\", "")


def test_a_node_has_a_gate_for_each_volume_that_opens_only_to_a_live_mount(role, tmp_path):
    gates, mount = tmp_path / "gates", tmp_path / "mounts/web/data"
    mount.mkdir(parents=True)
    volumes = [
        {"name": "web", "path": str(mount), "capacity": "1Gi"},
        {"name": "direct", "path": str(mount), "capacity": "1Gi", "form": "hostpath"},
        {"name": "open", "path": str(mount), "capacity": "1Gi", "gate": False},
    ]
    variables = {"gluster_kubernetes_gates": str(gates), "gluster_kubernetes_volumes": volumes}
    assert role.run(variables, entry="nodes").succeeded().changed == 2
    assert role.run(variables, entry="nodes").succeeded().changed == 0
    assert sorted(os.listdir(gates)) == ["direct", "web"]
    assert not (gates / "web").is_dir(), "on the bare directory no pod starts"
    (mount / ".meta").mkdir()  # what a live mount shows
    assert (gates / "web").samefile(mount.parent)
    assert (gates / "direct").samefile(mount)
    role.run({**variables, "gluster_kubernetes_state": "absent"}, entry="nodes").succeeded()
    assert os.listdir(gates) == []


WELL = {"name": "web", "path": "/srv/gluster/web/data", "capacity": "1Gi"}
MISTAKES = {
    "a name with capitals": ([{**WELL, "name": "Web"}], "Web: not a name that Kubernetes takes"),
    "a claim's name with an underscore": ([{**WELL, "claim": {"name": "a_b"}}], "a_b: not a name that Kubernetes takes"),
    "a name twice": ([WELL, {**WELL, "path": "/srv/gluster/b/data"}], "web: two entries of gluster_kubernetes_volumes have this name"),
    "a claim twice": (
        [{**WELL, "claim": {"name": "c"}}, {**WELL, "name": "b", "path": "/srv/gluster/b/data", "claim": {"name": "c", "namespace": "default"}}],
        "default/c: two entries of gluster_kubernetes_volumes have this claim",
    ),
    "a relative path": ([{**WELL, "path": "srv/web"}], "write an absolute path"),
    "a parent that is the root": ([{**WELL, "path": "/web"}], "two levels at least"),
    "a parent that two volumes share": ([WELL, {**WELL, "name": "b", "path": "/srv/gluster/web/b"}], "pods of this volume would see /srv/gluster/web/b too"),
    "a size without a known unit": ([{**WELL, "capacity": "10GB"}], "capacity 10GB: not a quantity"),
    "writing to what is only read": ([{**WELL, "read_only": True, "access_modes": ["ReadWriteMany"]}], "leave access_modes out"),
    "local without nodes": ([{**WELL, "form": "local"}], "form local without node_affinity"),
    "a label that is a number": ([{**WELL, "labels": {"team": 5}}], "team: 5: a label or annotation must be text"),
    "a form that does not exist": ([{**WELL, "form": "nfs"}], "value of form must be one of: hostpath, hostpath-parent, local, got: nfs"),
    "a mode that only drivers have": ([{**WELL, "access_modes": ["ReadWriteOncePod"]}], "got no match for: ReadWriteOncePod"),
}  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What each mistake's run says, all in one run of Ansible; and the folder that they had."""
    role = Role(tmp_path_factory.mktemp("mistakes"))
    tasks = []
    for case, (volumes, _text) in MISTAKES.items():
        include = {"ansible.builtin.include_role": {"name": "evenkeel.glusterfs.gluster_kubernetes"}}
        include["vars"] = {"gluster_kubernetes_volumes": volumes}
        keep = "{{ told | default({}) | combine({case: ansible_failed_result.results | default([ansible_failed_result])}) }}"
        rescue = {"ansible.builtin.set_fact": {"told": keep}, "vars": {"case": case}}
        tasks.append({"block": [include], "rescue": [rescue]})
    answer = role.folder / "told.json"
    tasks.append({"ansible.builtin.copy": {"content": "{{ told | to_json }}", "dest": str(answer), "mode": "0600"}})
    # An extra variable would go before those of the cases.
    role.play(tasks, {"gluster_kubernetes_volumes": None}).succeeded()
    return json.loads(answer.read_text()), role.folder


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_before_anything_is_written(told, case):
    results, folder = told
    messages = [result["msg"] for result in results[case] if result.get("failed")]
    assert any(MISTAKES[case][1] in " ".join(message.split()) for message in messages), messages
    assert not (folder / "manifests").exists()
