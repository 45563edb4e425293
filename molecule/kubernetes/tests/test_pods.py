# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pods over the nodes' mounts: what one writes another reads, none starts without its mount, and each sees a mount that was made anew."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ansible_collections.evenkeel.glusterfs.molecule.kubernetes.kubelet import Kubelet, find, load, pods
from ansible_collections.evenkeel.glusterfs.tests.lab import eventually

WEB, REPORTS, DIRECT = "/srv/gluster/web/data", "/srv/gluster/reports/data", "/srv/direct"


@pytest.fixture(scope="session")
def manifests():
    return load(Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "manifests")


@pytest.fixture(scope="session")
def kubelets(lab, manifests):
    return [Kubelet(lab.host(name), manifests) for name in ("kube1", "kube2")]


def size(kubelet, container, file):
    return int(kubelet.inside(container, "stat", "-c", "%s", file, check=False).strip() or -1)


def test_what_a_pod_writes_a_pod_on_another_node_reads(kubelets, manifests):
    first, second = pods(find(manifests, "StatefulSet", "web-example"))
    with kubelets[0].running(first) as writer, kubelets[1].running(second) as reader:
        mine = "/data/data/web-example-0.log"
        eventually(lambda: size(kubelets[1], reader, mine) > 0, 20, "the other node's pod has the file")
        kubelets[1].inside(reader, "touch", "/data/data/from-the-other")
        eventually(lambda: kubelets[0].inside(writer, "ls", "/data/data/from-the-other", check=False), 20, "and back")


FORMS = {"hostpath-parent": ("web", WEB, "/data/data"), "hostpath": ("direct", DIRECT, "/data")}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("number", [0, 1], ids=["kube1", "kube2"])
def test_a_pod_sees_the_healed_mount_without_a_restart(kubelets, manifests, number, form):
    name, mount_point, content = FORMS[form]
    kubelet, pod = kubelets[number], find(manifests, "Pod", f"{name}-example")
    with kubelet.running(pod) as container:
        file = f"{content}/{name}-example.log"
        eventually(lambda: size(kubelet, container, file) > 0, 20, "the pod writes")
        before = kubelet.started(container)
        pid = kubelet.kill_client(mount_point)
        killed = time.monotonic()
        eventually(lambda: kubelet.client(mount_point) not in (None, pid), 60, "another client serves the mount")
        eventually(lambda: size(kubelet, container, file) > 0, 20, "the pod sees the new mount")
        print(f"healed in the pod after {time.monotonic() - killed:.1f} s")
        length = size(kubelet, container, file)
        eventually(lambda: size(kubelet, container, file) > length, 20, "the pod writes again")
        assert kubelet.started(container) == before


def test_no_pod_starts_on_the_bare_directory(kubelets, manifests):
    kubelet, pod = kubelets[0], find(manifests, "Pod", "web-example")
    kubelet.host.run("systemctl", "stop", "gluster-failover-heal.timer")
    try:
        kubelet.host.run("umount", WEB)
        done = kubelet.play(pod)
        kubelet.remove(pod)
        assert done.returncode != 0
        assert "/var/lib/evenkeel.glusterfs/mounted/web" in done.stderr, done.stderr
        assert kubelet.host.run("ls", "-A", WEB) == "", "nothing was written below the mount point"
        kubelet.host.run("mount", WEB)
        with kubelet.running(pod):
            pass
    finally:
        kubelet.host.run("systemctl", "start", "gluster-failover-heal.timer")


def test_no_pod_starts_on_a_dead_mount(kubelets, manifests):
    kubelet, pod = kubelets[0], find(manifests, "Pod", "direct-example")
    kubelet.host.run("systemctl", "stop", "gluster-failover-heal.timer")
    try:
        kubelet.kill_client(DIRECT)
        done = kubelet.play(pod)
        kubelet.remove(pod)
        assert done.returncode != 0, done.stderr
    finally:
        kubelet.host.run("systemctl", "start", "gluster-failover-heal.timer")
    eventually(lambda: kubelet.state(DIRECT) == "healthy", 60, "it is healed")


def test_a_pod_of_a_volume_that_is_only_read_cannot_write(kubelets, manifests):
    kubelet = kubelets[1]
    with kubelet.running(find(manifests, "Pod", "reports-example")) as container:
        kubelet.host.run("touch", f"{WEB}/report")
        eventually(lambda: kubelet.inside(container, "ls", "/data/data/report", check=False), 20, "the pod reads")
        kubelet.inside(container, "touch", "/data/data/forbidden", check=False)
        assert "forbidden" not in kubelet.inside(container, "ls", "/data/data")
