# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pods of the role's manifests, run by ``podman kube play``, with what a kubelet does before: claims are replaced by the paths of their volumes."""

from __future__ import annotations

import copy
import json
import re
from contextlib import contextmanager

import yaml


def load(folder):
    """The manifests in a folder."""
    return [each for path in sorted(folder.glob("*.yaml")) for each in yaml.safe_load_all(path.read_text())]


def find(manifests, kind, name):
    return next(each for each in manifests if (each["kind"], each["metadata"]["name"]) == (kind, name))


def pods(manifest):
    """The pod of a Pod manifest; those that a StatefulSet makes."""
    if manifest["kind"] == "Pod":
        return [manifest]
    template, name = manifest["spec"]["template"], manifest["metadata"]["name"]
    made = []
    for number in range(manifest["spec"]["replicas"]):
        metadata = {**template["metadata"], "name": f"{name}-{number}", "namespace": manifest["metadata"]["namespace"]}
        made.append({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]})
    return made


def daemon_pod(manifests, node):
    """The pod that a DaemonSet makes on a node, with the values of its variables, which podman does not fill in everywhere."""
    daemons = find(manifests, "DaemonSet", "gluster-spc")
    data = find(manifests, "ConfigMap", "gluster-spc")["data"]
    spec = copy.deepcopy(daemons["spec"]["template"]["spec"])
    for container in spec["containers"]:
        values = {}
        for variable in container.pop("env"):
            source = variable["valueFrom"]
            values[variable["name"]] = data[source["configMapKeyRef"]["key"]] if "configMapKeyRef" in source else node
        container["args"] = [_filled_in(word, values) for word in container["args"]]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": daemons["metadata"]["name"]}, "spec": spec}


def _filled_in(word, values):
    return re.sub(r"\$\((\w+)\)", lambda match: values[match[1]], word)


def placed(pod, manifests):
    """The pod with the host's path of each volume in the place of its claim: podman makes a volume of its own of a claim."""
    pod = copy.deepcopy(pod)
    for volume in pod["spec"]["volumes"]:
        claim = volume.pop("persistentVolumeClaim", None)
        if claim:
            name = find(manifests, "PersistentVolumeClaim", claim["claimName"])["spec"]["volumeName"]
            volume["hostPath"] = find(manifests, "PersistentVolume", name)["spec"]["hostPath"]
    return pod


class Kubelet:
    """One node. host: see tests/lab/host.py."""

    def __init__(self, host, manifests):
        self.host = host
        self.manifests = manifests

    def play(self, pod):
        """Start a pod; the process as it ended."""
        text = yaml.safe_dump(placed(pod, self.manifests))
        return self.host.feed(text, "podman", "kube", "play", "--network", "none", "-", timeout=120)

    def remove(self, pod):
        self.host.run("podman", "pod", "rm", "--force", "--time", "1", "--ignore", pod["metadata"]["name"], timeout=120)

    @contextmanager
    def running(self, pod):
        """A pod for as long as the context lasts; the name of its container."""
        done = self.play(pod)
        try:
            assert done.returncode == 0, done.stderr
            yield f"{pod['metadata']['name']}-{pod['spec']['containers'][0]['name']}"
        finally:
            self.remove(pod)

    def inside(self, container, *argv, check=True):
        """Run a command in a container of a pod; its output."""
        return self.host.run("podman", "exec", container, *argv, check=check)

    def started(self, container):
        """Since when it runs, and how often it was started again."""
        (found,) = json.loads(self.host.run("podman", "inspect", container))
        return found["Id"], found["State"]["StartedAt"], found["RestartCount"]

    def client(self, path):
        """The process that serves a mount, None where none does."""
        return self.host.status(path)["pid"]

    def kill_client(self, path):
        """End the client of a mount as a crash would; which process it was."""
        pid = self.client(path)
        self.host.run("kill", "-9", str(pid))
        return pid

    def state(self, path):
        return self.host.status(path)["state"]
