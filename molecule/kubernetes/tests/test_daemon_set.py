# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DaemonSet's pod on a node, for nodes that Ansible does not reach. The node's own client takes no part in these mounts."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ansible_collections.evenkeel.glusterfs.molecule.kubernetes.kubelet import Kubelet, daemon_pod, find, load
from ansible_collections.evenkeel.glusterfs.tests.lab import eventually

PATH = "/srv/far"
FILE = "/data/far-example.log"
CLIENT = f"^/usr/sbin/glusterfs .*/mounts{PATH}$"


@pytest.fixture(scope="module")
def kubelet(lab):
    manifests = load(Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "unreached")
    kubelet = Kubelet(lab.host("kube2"), manifests)
    yield kubelet
    kubelet.host.run("systemctl", "stop", "gluster-srv-far.*.service")
    assert PATH not in kubelet.host.run("cat", "/proc/self/mountinfo"), "the end of the service leaves no mount"


def ready(kubelet):
    """What the readiness probe says."""
    pod = daemon_pod(kubelet.manifests, "kube2")
    (container,) = pod["spec"]["containers"]
    argv = container["readinessProbe"]["exec"]["command"]
    return '"state": "healthy"' in kubelet.inside(f"gluster-spc-{container['name']}", *argv, check=False)


def size(kubelet, container):
    return int(kubelet.inside(container, "stat", "-c", "%s", FILE, check=False).strip() or -1)


def test_its_mounts_are_seen_by_pods_healed_under_them_and_outlive_its_own_pod(kubelet):
    with kubelet.running(daemon_pod(kubelet.manifests, "kube2")):
        eventually(lambda: ready(kubelet), 120, "the pod is ready")
        with kubelet.running(find(kubelet.manifests, "Pod", "far-example")) as user:
            eventually(lambda: size(kubelet, user) > 0, 20, "a pod writes")
            before = kubelet.started(user)
            (pid,) = kubelet.host.pids(CLIENT)
            kubelet.host.run("kill", "-9", pid)
            killed = time.monotonic()
            eventually(lambda: kubelet.host.pids(CLIENT) not in ([], [pid]), 60, "another client serves the mount")
            eventually(lambda: size(kubelet, user) > 0, 20, "the pod sees the new mount")
            print(f"healed in the pod after {time.monotonic() - killed:.1f} s")
            kubelet.remove({"metadata": {"name": "gluster-spc"}})
            length = size(kubelet, user)
            eventually(lambda: size(kubelet, user) > length, 20, "the pod writes without the DaemonSet's pod")
            assert kubelet.started(user) == before
