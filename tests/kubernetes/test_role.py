# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role from a user's side: into a folder, into a cluster, on a node; mistakes, each with its message."""

from __future__ import annotations

import copy
import os
import subprocess

import pytest


def test_a_folder_is_written_once_changed_by_what_changes_and_emptied(role):
    foreseen = role.run((), "--check").succeeded()
    assert not (role.folder / "manifests").exists()
    assert foreseen.changed == 4
    role.run().succeeded()
    assert role.run().succeeded().changed == 0
    different = role.run({"gluster_kubernetes_storage_class": "other"}, "--check", "--diff").succeeded()
    assert '+  storageClassName: "other"' in different.text
    (role.folder / "manifests/mine.yaml").write_text("{}")
    role.run({"gluster_kubernetes_state": "absent"}).succeeded()
    assert os.listdir(role.folder / "manifests") == ["mine.yaml"], "what others put there stays"
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
        assert (foreseen.changed, self.server.changes()) == (2, [])
        made = self.run("--diff").succeeded()
        assert made.changed == 2
        assert self.cluster.find("PersistentVolumeClaim", "docs", "shop")["status"]["phase"] == "Bound"
        assert self.cluster.find("StorageClass", "glusterfs")["provisioner"] == "kubernetes.io/no-provisioner"
        before = copy.deepcopy(self.cluster.objects)
        assert self.run().succeeded().changed == 0
        assert self.cluster.objects == before
        foreseen = self.run("--check", gluster_kubernetes_state="absent").succeeded()
        assert foreseen.changed > 0
        assert self.cluster.objects == before
        self.run(gluster_kubernetes_state="absent").succeeded()
        left = sorted(name for _plural, _namespace, name in self.cluster.objects)
        assert left == ["default", "gluster", "shop"], "no namespace is removed"
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
        assert "Remove all objects of a kind" in failed.text
        assert self.cluster.find("PersistentVolume", "web"), "a volume goes after its claim"

    def test_a_namespace_that_is_missing_is_named(self):
        del self.cluster.objects["namespaces", None, "shop"]
        failed = self.run()
        assert failed.rc != 0
        assert "namespaces 'shop' not found" in failed.text.replace("\\", "")


def immutable(path):
    """Whether a directory has the attribute; a file system without attributes has it nowhere."""
    done = subprocess.run(["lsattr", "-d", "--", str(path)], capture_output=True, text=True, check=False)
    return "i" in (done.stdout.split() or [""])[0]


@pytest.fixture
def parent(tmp_path):
    """The directory of a mount point. It can be removed afterwards."""
    parent = tmp_path / "mounts/web"
    parent.mkdir(parents=True)
    yield parent
    if immutable(parent):
        subprocess.run(["chattr", "-i", "--", str(parent)], check=True)


def test_a_node_has_a_gate_for_each_volume_that_opens_only_to_a_live_mount(role, tmp_path, parent):
    gates, mount = tmp_path / "gates", parent / "data"
    mount.mkdir()
    volumes = [
        {"name": "web", "path": str(mount), "capacity": "1Gi"},
        {"name": "direct", "path": str(mount), "capacity": "1Gi", "form": "hostpath"},
        {"name": "open", "path": str(mount), "capacity": "1Gi", "gate": False},
    ]
    variables = {"gluster_kubernetes_gates": str(gates), "gluster_kubernetes_volumes": volumes}
    made = role.run(variables, entry="prepare_nodes").succeeded()
    # Where it cannot be made immutable, as on some file systems and without the right to, that is said.
    assert immutable(parent) == ("cannot be made immutable: " not in made.text)
    assert made.changed == 2 + immutable(parent)
    assert role.run(variables, entry="prepare_nodes").succeeded().changed == 0
    assert sorted(os.listdir(gates)) == ["direct", "web"]
    assert not (gates / "web").is_dir(), "on the bare directory no pod starts"
    (mount / ".meta").mkdir()  # what a live mount shows
    assert (gates / "web").samefile(mount.parent)
    assert (gates / "direct").samefile(mount)
    role.run({**variables, "gluster_kubernetes_state": "absent"}, entry="prepare_nodes").succeeded()
    assert os.listdir(gates) == []
    assert not immutable(parent)


def test_a_mistake_is_told_before_anything_is_written(role):
    failed = role.run({"gluster_kubernetes_volumes": [{"name": "web", "path": "/web", "capacity": "1Gi"}]})
    assert failed.rc != 0
    assert (
        "web: path /web: with form hostpath-parent, pods see all of /; mount each volume in a directory of its own"
        in " ".join(failed.text.split())
    )
    assert not (role.folder / "manifests").exists()


def test_a_form_that_does_not_exist_is_refused_with_those_that_do(role):
    failed = role.run(
        {"gluster_kubernetes_volumes": [{"name": "web", "path": "/web", "capacity": "1Gi", "form": "nfs"}]}
    )
    assert "value of form must be one of: hostpath, hostpath-parent, local, got: nfs" in failed.text


def test_a_daemon_set_that_does_not_know_what_to_mount_is_refused(role):
    volumes = [{"name": "web", "path": "/srv/gluster/web/data", "capacity": "1Gi"}]
    failed = role.run({"gluster_kubernetes_volumes": volumes})
    assert failed.rc != 0
    assert "gluster_kubernetes_spc: web: volume or servers missing" in " ".join(failed.text.split())
