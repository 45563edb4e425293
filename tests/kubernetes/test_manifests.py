# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each manifest of each template, as an API server would read it."""

from __future__ import annotations

import copy
from pathlib import Path

import kubernetes_validate
import pytest
from kubernetes_validate.utils import all_versions, latest_version

from ansible_collections.evenkeel.glusterfs.tests.kubernetes.rules import broken

VERSIONS = sorted({all_versions()[0], "1.25.0", latest_version()})
TEMPLATES = Path(__file__).parents[2] / "roles/gluster_kubernetes/templates"
KINDS = {"StorageClass", "PersistentVolume", "PersistentVolumeClaim", "Pod", "StatefulSet"}


def test_every_template_is_among_the_manifests_that_are_tested(manifests):
    assert {manifest["kind"] for manifest in manifests.values()} == KINDS
    kinds = {path.read_text().partition("\nkind: ")[2].partition("\n")[0] for path in TEMPLATES.glob("*.yml.j2")} - {""}
    assert kinds == KINDS


@pytest.mark.parametrize("version", VERSIONS)
def test_every_manifest_is_strictly_valid(manifests, version):
    for name, manifest in manifests.items():
        assert kubernetes_validate.validate(manifest, version, strict=True), name


def test_no_manifest_breaks_a_rule_that_schemas_do_not_know(manifests):
    assert broken(manifests.values()) == []


def _set(path, value):
    *way, last = path.split(".")

    def change(manifest):
        for step in way:
            manifest = manifest[int(step) if step.isdigit() else step]
        if value is None:
            del manifest[last]
        else:
            manifest[last] = value

    return change


CONTAINER = "spec.containers.0"
MISTAKES = [
    ("PersistentVolume web", _set("spec.persistentVolumeReclaimPolicy", "Delete"), "not Retain"),
    ("PersistentVolume web", _set("spec.mountOptions", ["ro"]), "no mountOptions"),
    ("PersistentVolume pinned", _set("spec.nodeAffinity", None), "node affinity"),
    ("PersistentVolume web", _set("spec.hostPath.type", "DirectoryOrCreate"), "not Directory"),
    ("PersistentVolume web", _set("spec.hostPath.path", "/srv/../etc"), "backwards"),
    ("PersistentVolume web", _set("spec.claimRef.uid", "1"), "made anew"),
    ("PersistentVolume web", _set("spec.claimRef.name", "other"), "kept for another claim"),
    ("PersistentVolume web", _set("spec.accessModes", ["ReadOnlyMany"]), "access modes"),
    ("PersistentVolume web", _set("spec.capacity.storage", "1Gi"), "another size"),
    ("PersistentVolume web", _set("spec.storageClassName", ""), "another storage class"),
    ("PersistentVolumeClaim default/web", _set("spec.volumeName", "nothing"), "not among the manifests"),
    ("Pod default/web-example", _set("spec.automountServiceAccountToken", True), "token"),
    ("Pod default/web-example", _set(f"{CONTAINER}.livenessProbe", {}), "liveness probe"),
    ("Pod default/web-example", _set(f"{CONTAINER}.volumeMounts.0.mountPropagation", None), "for ever"),
    ("Pod default/web-example", _set(f"{CONTAINER}.volumeMounts.0.mountPropagation", "Bidirectional"), "privileged container"),
    ("Pod default/web-example", _set(f"{CONTAINER}.volumeMounts.0.subPath", "a"), "subPath"),
    ("Pod shop/docs-example", _set(f"{CONTAINER}.volumeMounts.0.readOnly", None), "only read"),
    ("StatefulSet default/web-example", _set("spec.template.metadata.labels", {}), "own pods"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "text"), MISTAKES, ids=[text for _name, _change, text in MISTAKES])
def test_a_rule_finds_the_mistake_that_it_is_about(manifests, name, change, text):
    changed = copy.deepcopy(manifests)
    change(changed[name])
    assert any(text in line for line in broken(changed.values()))


def test_a_volume_that_is_gated_leads_through_its_gate_and_one_that_is_not_to_its_mount(manifests):
    paths = {
        manifest["metadata"]["name"]: (manifest["spec"].get("hostPath") or manifest["spec"]["local"])["path"]
        for manifest in manifests.values()
        if manifest["kind"] == "PersistentVolume"
    }
    assert paths["web"] == "/var/lib/evenkeel.glusterfs/mounted/web"
    assert paths["direct"] == "/srv/direct"


def test_what_a_user_says_of_a_volume_is_in_its_manifests(manifests):
    volume, claim = manifests["PersistentVolume docs"], manifests["PersistentVolumeClaim shop/docs"]
    assert volume["metadata"]["labels"] == {"team": "docs", "yes": "no"}
    assert volume["metadata"]["annotations"] == {"pv.beta.kubernetes.io/gid": "590"}
    assert volume["spec"]["accessModes"] == ["ReadOnlyMany"]
    assert volume["spec"]["claimRef"] == {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "namespace": "shop",
        "name": "docs",
    }
    assert claim["metadata"]["annotations"] == {"note": "a: {b} # c"}
    assert "claimRef" not in manifests["PersistentVolume anybodys"]["spec"]
    assert manifests["PersistentVolume direct"]["spec"]["storageClassName"] == ""


def test_an_example_uses_the_directory_in_which_the_content_is(manifests):
    def command(name):
        return manifests[name]["spec"]["containers"][0]["command"][-1]

    assert ">>/data/data/$HOSTNAME.log" in command("Pod default/web-example")
    assert ">>/data/$HOSTNAME.log" in command("Pod shop/direct-example")
