# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In-tree volumes become volumes over mounts of the nodes, and back."""

from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.evenkeel.glusterfs.tests.kubernetes.legacy import Cluster
from ansible_collections.evenkeel.glusterfs.tests.kubernetes.migration import Playbook, content
from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS
from ansible_collections.evenkeel.glusterfs.tests.lab.inspected import inspected

NODES = ("node1", "node2")
ROOT = "/var/lib/evenkeel.glusterfs/volumes"
GATES = "/var/lib/evenkeel.glusterfs/mounted"
INVENTORY = Path(__file__).parents[2] / "shared" / "inventory" / "hosts.yml"


def volume(name, path, **source):
    claim = {"kind": "PersistentVolumeClaim", "namespace": "web", "name": name, "uid": "old"}
    spec = {
        "accessModes": ["ReadWriteMany"],
        "capacity": {"storage": "1Gi"},
        "claimRef": claim,
        "glusterfs": {"endpoints": "gluster", "path": path, **source},
        "persistentVolumeReclaimPolicy": "Delete",
    }
    yield {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}
    spec = {
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "1Gi"}},
        "storageClassName": "",
        "volumeName": name,
    }
    metadata = {"name": name, "namespace": "web"}
    yield {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata,
        "spec": spec,
        "status": {"phase": "Bound"},
    }


def legacy(addresses):
    """A cluster with two volumes that are written and one that is read."""
    metadata = {"name": "gluster", "namespace": "web"}
    yield {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": metadata,
        "subsets": [{"addresses": [{"ip": ip} for ip in addresses]}],
    }
    for name, path, source in (("all", "web", {}), ("site", "web/site1", {}), ("archive", "web", {"readOnly": True})):
        yield from volume(name, path, **source)
    volumes = [
        {"name": "all", "persistentVolumeClaim": {"claimName": "all"}},
        {"name": "site", "persistentVolumeClaim": {"claimName": "site"}},
    ]
    mounts = [{"name": "all", "mountPath": "/all"}, {"name": "site", "mountPath": "/site"}]
    template = {
        "metadata": {"labels": {"app": "x"}},
        "spec": {"containers": [{"name": "x", "image": "x", "volumeMounts": mounts}], "volumes": volumes},
    }
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "x"}}, "template": template}
    yield {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "app", "namespace": "web"}, "spec": spec}


def mounted(node):
    return {line.split()[4] for line in node.check_output("cat /proc/self/mountinfo").splitlines() if ROOT in line}


def test_volumes_come_over_to_mounts_of_every_node_or_of_none_and_go_back(tmp_path):
    nodes = {name: inspected(name) for name in NODES}
    addresses = [nodes["node1"].check_output(f"getent ahostsv4 {peer}").split()[0] for peer in PEERS]
    cluster = Cluster(list(legacy(addresses)), plugin=False)
    before = content(cluster)
    inventory = [f"--inventory={INVENTORY}", '--extra-vars={"gluster_client_packages": []}']
    playbook = Playbook(tmp_path, cluster, inventory, group="nodes")

    # One node that cannot mount: the policies change, and nothing else.
    nodes["node2"].check_output(f"mkdir -p {os.path.dirname(ROOT)} && touch {ROOT}")
    code, text = playbook.run(apply=True)
    assert code != 0, text
    assert ROOT in text.partition("failed: [node2]")[2], text
    assert {change.split()[0] for change in cluster.changes} == {"patch"}
    assert all("PersistentVolume" in change for change in cluster.changes)
    nodes["node2"].check_output(f"rm {ROOT}")

    # One node that is left out.
    cluster.changes.clear()
    code, text = playbook.run("--limit=localhost,node1", apply=True)
    assert code != 0, text
    assert "node2: not mounted in this run, as with --limit" in " ".join(text.split())
    assert cluster.changes == []

    # The whole way.
    playbook.succeed(apply=True)
    cluster.settle()
    for name, node in nodes.items():
        assert mounted(node) == {f"{ROOT}/{volume}/data" for volume in ("all", "site", "archive")}
        for volume_name in ("all", "site", "archive"):
            path = cluster.get("PersistentVolume", "", volume_name)["spec"]["hostPath"]["path"]
            assert path == f"{GATES}/{volume_name}"
            assert node.check_output(f"stat --file-system --format %T {path}/.") == "fuseblk"
        node.check_output(f"touch {GATES}/site/{name}")
        assert node.file(f"{GATES}/all/site1/{name}").exists, "the same directory by another way"
        assert "Read-only file system" in node.run(f"touch {GATES}/archive/x").stderr
        assert "x-failover.cover" in node.check_output("cat /etc/fstab")
    assert cluster.get("Deployment", "web", "app")["status"]["readyReplicas"] == 2
    assert cluster.lost == []

    # And back.
    playbook.succeed(apply=True, rollback=True)
    cluster.settle()
    assert content(cluster) == before
    for node in nodes.values():
        assert mounted(node) == set()
        assert ROOT not in node.check_output("cat /etc/fstab")
        assert node.check_output(f"ls -A {GATES} {ROOT}").split() == [f"{GATES}:", f"{ROOT}:"]
