# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each manifest of each template, as an API server would read it."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import kubernetes_validate
import pytest
from kubernetes_validate.utils import all_versions, latest_version

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._container import entrypoint
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import helper_entry
from ansible_collections.evenkeel.glusterfs.tests.kubernetes.rules import broken
from ansible_collections.evenkeel.glusterfs.tests.unit.kubernetes_role import manifests as role_manifests

VERSIONS = sorted({all_versions()[0], "1.25.0", latest_version()})
TEMPLATES = Path(__file__).parents[2] / "roles/gluster_kubernetes/templates"
KINDS = {
    "Namespace",
    "ConfigMap",
    "DaemonSet",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Pod",
    "StatefulSet",
}


def test_every_template_is_among_the_manifests_that_are_tested(manifests):
    assert {manifest["kind"] for manifest in manifests.values()} == KINDS
    texts = [path.read_text() for path in TEMPLATES.glob("*.yml.j2")]
    assert {kind for text in texts for kind in re.findall(r"^kind: (\w+)$", text, re.MULTILINE)} == KINDS


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
    ("StatefulSet default/web-example", _set("spec.template.metadata.labels", {}), "its selector does not find"),
    ("Namespace gluster", _set("metadata.labels", {}), "does not admit privileged pods"),
    ("DaemonSet gluster/gluster-spc", _set("spec.updateStrategy.rollingUpdate.maxUnavailable", 2), "more than one node"),
    ("DaemonSet gluster/gluster-spc", _set("spec.selector.matchLabels", {"a": "b"}), "own pods"),
    ("DaemonSet gluster/gluster-spc", _set("spec.template.spec.volumes", []), "is not there"),
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


def _containers(manifests):
    return manifests["DaemonSet gluster/gluster-spc"]["spec"]["template"]["spec"]["containers"]


def test_each_mount_of_the_daemon_set_is_one_container_with_its_own_servers_and_options(manifests):
    data = manifests["ConfigMap gluster/gluster-spc"]["data"]
    assert data["web.source"] == "gfs1,gfs2,gfs3:24008:/web"
    assert data["web.options"] == "log-level=WARNING,x-failover.cover,x-failover.seal"
    assert data["docs.source"] == "gfs9:/web/docs"
    assert data["docs.options"] == "x-failover.cover,x-failover.seal,ro"
    assert data["pinned.options"] == "", "a local volume and covering do not go together"
    assert [container["args"][-1] for container in _containers(manifests)] == [
        "/srv/gluster/web/data",
        "/srv/gluster/docs/data",
        "/srv/direct",
        "/srv/pinned",
        "/srv/gluster/anybodys/data",
    ]


def test_the_daemon_set_mounts_once_for_two_volumes_of_one_path_and_for_each_of_two_that_differ_in_case():
    volume = {"volume": "web", "capacity": "1Gi", "form": "hostpath"}
    paths = {"one": "/srv/web", "two": "/srv/web", "three": "/srv/Web"}
    made = role_manifests(
        [{**volume, "name": name, "path": path} for name, path in paths.items()],
        gluster_kubernetes_spc=True,
        gluster_kubernetes_spc_image="image",
        gluster_kubernetes_spc_servers=["gfs1"],
    )
    (daemon_set,) = [manifest for manifest in made if manifest["kind"] == "DaemonSet"]
    containers = daemon_set["spec"]["template"]["spec"]["containers"]
    assert [container["args"][-1] for container in containers] == ["/srv/web", "/srv/Web"]


def test_the_entry_point_of_the_image_takes_what_the_daemon_set_says(manifests):
    data = manifests["ConfigMap gluster/gluster-spc"]["data"]
    for container in _containers(manifests):
        values = {"NODE_NAME": "node1"}
        for each in container["env"][1:]:
            values[each["name"]] = data[each["valueFrom"]["configMapKeyRef"]["key"]]
        words = [
            re.sub(r"\$\((\w+)\)", lambda match, values=values: values[match[1]], word) for word in container["args"]
        ]
        arguments = entrypoint.parser().parse_args(words)
        asked = helper_entry.parse(arguments.source, arguments.path, arguments.options)
        assert (arguments.command, arguments.node, arguments.tls) == ("outlive", "node1", "/tls")
        assert asked.spec.path == container["args"][-1]
        probe = container["readinessProbe"]["exec"]["command"]
        assert entrypoint.parser().parse_args(probe[1:]).paths == [f"/host{asked.spec.path}"]
