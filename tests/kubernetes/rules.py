# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for manifests that no schema knows: what an API server, a kubelet or a user would run into."""

from __future__ import annotations


def broken(manifests):
    """Every rule that these manifests, taken together, break: "Kind name: what". Each was found on a real cluster or is in the docs of Kubernetes."""
    found = []
    for manifest in manifests:
        label = f"{manifest['kind']} {manifest['metadata']['name']}"
        check = _CHECKS.get(manifest["kind"], _nothing)
        found += [f"{label}: {text}" for text in check(manifest, manifests)]
        if spec := pod_spec(manifest):
            found += [f"{label}: {text}" for text in _pod(spec, manifest, manifests)]
    return found


def pod_spec(manifest):
    """The pods' specification in a Pod or in something that makes pods; None in anything else."""
    if manifest["kind"] == "Pod":
        return manifest["spec"]
    return manifest.get("spec", {}).get("template", {}).get("spec")


def _nothing(_manifest, _manifests):
    return ()


def _volume(manifest, _manifests):
    spec = manifest["spec"]
    if spec["persistentVolumeReclaimPolicy"] != "Retain":
        yield "its files might go with its claim: the reclaim policy is not Retain"
    if "mountOptions" in spec:
        yield "hostPath and local take no mountOptions: the pod would not start"
    if "local" in spec and not spec.get("nodeAffinity", {}).get("required"):
        yield "local without a node affinity is refused"
    if "hostPath" in spec and spec["hostPath"].get("type") != "Directory":
        yield "kubelet would make the directory or take anything else for it: hostPath.type is not Directory"
    path = (spec.get("hostPath") or spec["local"])["path"]
    if not path.startswith("/") or ".." in path.split("/") or path == "/":
        yield f"path {path} is refused: it is not absolute, or leads backwards"
    if "uid" in spec.get("claimRef", {}):
        yield "a claimRef with a uid takes no claim made anew"


def _claim(manifest, manifests):
    spec = manifest["spec"]
    volume = _named(manifests, "PersistentVolume", spec["volumeName"])
    if volume is None:
        yield f"its volume {spec['volumeName']} is not among the manifests"
        return
    offer, reference = volume["spec"], volume["spec"].get("claimRef", {})
    if (reference.get("namespace"), reference.get("name")) != (
        manifest["metadata"]["namespace"],
        manifest["metadata"]["name"],
    ):
        yield "its volume is kept for another claim"
    if not set(spec["accessModes"]) <= set(offer["accessModes"]):
        yield "its volume has not its access modes"
    if spec["resources"]["requests"]["storage"] != offer["capacity"]["storage"]:
        yield "its volume has another size"
    if spec.get("storageClassName") != offer.get("storageClassName"):
        yield "its volume is of another storage class; an absent name and an empty one differ too"


def _daemon_set(manifest, manifests):
    strategy = manifest["spec"].get("updateStrategy", {})
    if strategy.get("type") != "OnDelete" and strategy.get("rollingUpdate", {}).get("maxUnavailable", 1) != 1:
        yield "more than one node at a time would be updated"
    yield from _selector(manifest, manifests)


def _selector(manifest, _manifests):
    spec = manifest["spec"]
    if not spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"].get("labels", {}).items():
        yield "its selector does not find its own pods"


_CHECKS = {
    "PersistentVolume": _volume,
    "PersistentVolumeClaim": _claim,
    "DaemonSet": _daemon_set,
    "StatefulSet": _selector,
}


def _pod(spec, manifest, manifests):
    if spec.get("automountServiceAccountToken") is not False:
        yield "it gets a token for the API, which it has no use for"
    volumes = {volume["name"]: volume for volume in spec.get("volumes", [])}
    privileged = False
    for container in (*spec.get("initContainers", []), *spec["containers"]):
        name, rights = container["name"], container.get("securityContext", {})
        privileged |= rights.get("privileged", False)
        if "livenessProbe" in container:
            yield f"{name}: a liveness probe would restart it because of a stall, which mends no mount"
        for mount in container.get("volumeMounts", []):
            volume = volumes.get(mount["name"])
            if volume is None:
                yield f"{name}: volume {mount['name']} is not there"
                continue
            if mount.get("mountPropagation") == "Bidirectional" and not rights.get("privileged"):
                yield f"{name}: mountPropagation Bidirectional needs a privileged container"
            claim = volume.get("persistentVolumeClaim")
            if claim:
                yield from _use(name, mount, claim, manifest, manifests)
    home = _named(manifests, "Namespace", manifest["metadata"]["namespace"])
    if (privileged or spec.get("hostPID") or spec.get("hostNetwork")) and home is not None:
        level = home["metadata"].get("labels", {}).get("pod-security.kubernetes.io/enforce")
        if level != "privileged":
            yield "its namespace does not admit privileged pods: label pod-security.kubernetes.io/enforce is not privileged"


def _use(name, mount, claim, manifest, manifests):
    if mount.get("mountPropagation") != "HostToContainer":
        yield f"{name}: without mountPropagation HostToContainer it keeps a mount that died for ever"
    if "subPath" in mount or "subPathExpr" in mount:
        yield f"{name}: a subPath keeps a mount that died for ever"
    made = _named(manifests, "PersistentVolumeClaim", claim["claimName"], manifest["metadata"]["namespace"])
    if made is None:
        yield f"{name}: its claim {claim['claimName']} is not among the manifests"
    elif made["spec"]["accessModes"] == ["ReadOnlyMany"] and not (mount.get("readOnly") and claim.get("readOnly")):
        yield f"{name}: it would write to a volume that is only read"


def _named(manifests, kind, name, namespace=None):
    return next(
        (
            each
            for each in manifests
            if each["kind"] == kind
            and each["metadata"]["name"] == name
            and namespace in (None, each["metadata"].get("namespace"))
        ),
        None,
    )
