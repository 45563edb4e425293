# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An API server of Kubernetes, as far as the roles and playbooks need one: it keeps objects, refuses what a real one would, and binds claims.

Beside the schemas it knows the rules of the real one that matter here: a namespace must be there, a volume's source and a claim's request cannot be changed,
a claim in use by a pod stays until the pod is gone. It runs no pods.
"""

from __future__ import annotations

import copy
import json
import re
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import kubernetes_validate
from kubernetes_validate.utils import latest_version

RESOURCES = {
    # (group, version): {plural: (kind, namespaced)}
    ("", "v1"): {
        "configmaps": ("ConfigMap", True),
        "endpoints": ("Endpoints", True),
        "namespaces": ("Namespace", False),
        "persistentvolumeclaims": ("PersistentVolumeClaim", True),
        "persistentvolumes": ("PersistentVolume", False),
        "nodes": ("Node", False),
        "pods": ("Pod", True),
        "replicationcontrollers": ("ReplicationController", True),
        "secrets": ("Secret", True),
        "services": ("Service", True),
    },
    ("apps", "v1"): {
        "daemonsets": ("DaemonSet", True),
        "deployments": ("Deployment", True),
        "replicasets": ("ReplicaSet", True),
        "statefulsets": ("StatefulSet", True),
    },
    ("batch", "v1"): {"cronjobs": ("CronJob", True), "jobs": ("Job", True)},
    ("storage.k8s.io", "v1"): {"storageclasses": ("StorageClass", False)},
}
_VERBS = ["create", "delete", "get", "list", "patch", "update"]
_PATH = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/(?P<version>v[^/]+)(?:/namespaces/(?P<namespace>[^/]+)(?=/))?/(?P<plural>[^/]+)(?:/(?P<name>[^/]+))?"
)
_FIXED = {
    "PersistentVolume": ("hostPath", "local", "nodeAffinity"),
    "PersistentVolumeClaim": ("accessModes", "volumeName", "storageClassName"),
    "StatefulSet": ("serviceName", "selector"),
    "DaemonSet": ("selector",),
}


class Refused(Exception):
    """The request is not granted. code: the HTTP status."""

    def __init__(self, code, reason, message):
        super().__init__(message)
        self.code = code
        self.reason = reason


class Cluster:
    """The objects, by (plural, namespace, name). version: of Kubernetes, as in "1.25"."""

    def __init__(self, version, namespaces=("default",)):
        self.version = version
        self.objects = {}
        self.lock = threading.RLock()
        self.count = 0
        for name in namespaces:
            self.objects["namespaces", None, name] = {
                "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "uid": str(uuid.uuid4())},
            }  # fmt: skip

    def find(self, kind, name, namespace=None):
        """An object, None where there is none."""
        plural = next(each for table in RESOURCES.values() for each, (its, _n) in table.items() if its == kind)
        return self.objects.get((plural, namespace, name))

    def write(self, key, wanted, dry):
        """Take an object as it shall be; the object as it is then."""
        plural, namespace, name = key
        old = self.objects.get(key)
        self._check(key, wanted, old)
        new = copy.deepcopy(wanted)
        metadata = new["metadata"]
        metadata["uid"] = old["metadata"]["uid"] if old else str(uuid.uuid4())
        if namespace:
            metadata["namespace"] = namespace
        if old and _without_version(old) == _without_version(new):
            return old
        self.count += 1
        metadata["resourceVersion"] = str(self.count)
        if not dry:
            self.objects[key] = new
            self._bind()
            return self.objects[key]
        return new

    def delete(self, key, dry):
        if key not in self.objects:
            raise Refused(404, "NotFound", f"{key[0]} {key[2]!r} not found")
        if dry:
            return self.objects[key]
        found = self.objects[key]
        if found["kind"] == "PersistentVolumeClaim" and self._in_use(found):
            found["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"  # what the finalizer of claims does
            return found
        del self.objects[key]
        for other, entry in list(self.objects.items()):
            if "deletionTimestamp" in entry["metadata"] and not self._in_use(entry):
                del self.objects[other]
        return found

    def _check(self, key, wanted, old):
        plural, namespace, name = key
        for strict in (self.version, latest_version()):
            plain = copy.deepcopy(wanted)
            plain.pop("status", None)
            try:
                kubernetes_validate.validate(plain, strict, strict=True)
            except kubernetes_validate.ValidationError as error:
                raise Refused(422, "Invalid", f"{plural} {name!r} is invalid: {error.message}") from error
        if namespace and ("namespaces", None, namespace) not in self.objects:
            raise Refused(404, "NotFound", f"namespaces {namespace!r} not found")
        for field in _FIXED.get(wanted["kind"], ()):
            if old and old["spec"].get(field) != wanted["spec"].get(field):
                raise Refused(
                    422, "Invalid", f"{plural} {name!r} is invalid: spec.{field}: Forbidden: field is immutable"
                )

    def _in_use(self, claim):
        place = claim["metadata"].get("namespace")
        return any(
            volume.get("persistentVolumeClaim", {}).get("claimName") == claim["metadata"]["name"]
            for (plural, namespace, _name), pod in self.objects.items()
            if plural == "pods" and namespace == place
            for volume in pod["spec"].get("volumes", [])
        )

    def _bind(self):
        """Bind claims that name their volume to it, where the volume takes them."""
        for (plural, namespace, name), claim in self.objects.items():
            volume = self.objects.get(("persistentvolumes", None, claim.get("spec", {}).get("volumeName")))
            if plural != "persistentvolumeclaims" or volume is None:
                continue
            reference = volume["spec"].get("claimRef", {"namespace": namespace, "name": name})
            fits = (reference["namespace"], reference["name"]) == (namespace, name)
            fits &= reference.get("uid", claim["metadata"]["uid"]) == claim["metadata"]["uid"]
            fits &= set(claim["spec"]["accessModes"]) <= set(volume["spec"]["accessModes"])
            fits &= claim["spec"].get("storageClassName", "") == volume["spec"].get("storageClassName", "")
            if fits:
                claim["status"] = {"phase": "Bound"}
                volume["status"] = {"phase": "Bound"}
                volume["spec"]["claimRef"] = {**reference, "uid": claim["metadata"]["uid"]}


def _without_version(entry):
    metadata = {name: value for name, value in entry["metadata"].items() if name != "resourceVersion"}
    return {**{name: value for name, value in entry.items() if name != "status"}, "metadata": metadata}


def merged(old, patch):
    """A JSON merge patch (RFC 7396) applied."""
    if not isinstance(patch, dict):
        return patch
    result = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cluster: Cluster

    def log_message(self, *_arguments):
        pass

    def _answer(self):
        url = urlsplit(self.path)
        size = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(size)) if size else None
        dry = "All" in parse_qs(url.query).get("dryRun", [])
        with self.cluster.lock:
            self.server.requests.append((self.command, url.path, dry))
            try:
                code, answer = 200, self._serve(url.path, body, dry)
            except Refused as refused:
                code = refused.code
                answer = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code}
                answer |= {"reason": refused.reason, "message": str(refused)}
            text = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    def _serve(self, path, body, dry):
        if path == "/version":
            major, minor = self.cluster.version.split(".")[:2]
            return {"major": major, "minor": minor, "gitVersion": f"v{major}.{minor}.0"}
        if path.rstrip("/") == "/api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path.rstrip("/") == "/apis":
            groups = [_group(*each) for each in RESOURCES if each[0]]
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
        for (group, version), table in RESOURCES.items():
            if path.rstrip("/") == (f"/apis/{group}/{version}" if group else f"/api/{version}"):
                return _discovery(group, version, table)
        match = _PATH.fullmatch(path)
        if not match or match["plural"] not in RESOURCES.get((match["group"] or "", match["version"]), {}):
            raise Refused(404, "NotFound", "the server could not find the requested resource")
        return self._object(match, body, dry)

    def _object(self, match, body, dry):
        cluster = self.cluster
        kind, namespaced = RESOURCES[match["group"] or "", match["version"]][match["plural"]]
        name = match["name"] or (body or {}).get("metadata", {}).get("name")
        key = (match["plural"], match["namespace"] if namespaced else None, name)
        old = cluster.objects.get(key)
        if self.command == "GET" and not match["name"]:
            items = [
                entry
                for (plural, namespace, _n), entry in cluster.objects.items()
                if plural == key[0] and key[1] in (None, namespace)
            ]
            return {"kind": f"{kind}List", "apiVersion": "v1", "metadata": {}, "items": items}
        if self.command == "POST":
            if old:
                raise Refused(409, "AlreadyExists", f"{key[0]} {name!r} already exists")
            return cluster.write(key, body, dry)
        if old is None:
            raise Refused(404, "NotFound", f"{key[0]} {name!r} not found")
        if self.command == "DELETE":
            return cluster.delete(key, dry)
        if self.command in ("PATCH", "PUT"):
            return cluster.write(key, merged(old, body) if self.command == "PATCH" else body, dry)
        return old


def _group(group, version):
    entry = {"groupVersion": f"{group}/{version}", "version": version}
    return {"name": group, "versions": [entry], "preferredVersion": entry}


def _discovery(group, version, table):
    rows = [
        {"name": plural, "singularName": kind.lower(), "kind": kind, "namespaced": namespaced, "verbs": _VERBS}
        for plural, (kind, namespaced) in table.items()
    ]
    name = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": rows}


class Server:
    """The API server on a port of this machine, for as long as the context lasts. requests: (method, path, dry run) of each.

    handler: what answers requests for objects, of another kind of cluster for one.
    """

    def __init__(self, cluster, handler=Handler):
        self.cluster = cluster
        handler = type("Handler", (handler,), {"cluster": cluster})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.requests = self.requests = []
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def kubeconfig(self):
        """The text of a kubeconfig file for it."""
        address = f"http://127.0.0.1:{self._server.server_address[1]}"
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "test",
                "clusters": [{"name": "test", "cluster": {"server": address}}],
                "users": [{"name": "test", "user": {}}],
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
            }
        )

    def changes(self):
        """The requests that changed something."""
        return [request for request in self.requests if request[0] != "GET" and not request[2]]
