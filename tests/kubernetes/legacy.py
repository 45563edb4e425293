# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API server before a cluster that runs pods and loses data where a real one would, tests/unit/fake_kubernetes.py."""

from __future__ import annotations

import threading

import kubernetes_validate
from kubernetes_validate.utils import latest_version

from ansible_collections.evenkeel.glusterfs.tests.kubernetes import api
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_kubernetes import ApiError, FakeCluster


class Cluster(FakeCluster):
    """A FakeCluster that takes only what the schemas of Kubernetes do. Its controllers work whenever somebody looks."""

    version = "1.25"

    def __init__(self, objects, **options):
        self.lock = threading.RLock()
        super().__init__(objects, **options)

    def __deepcopy__(self, memo):
        raise TypeError("a cluster that is served is not copied")

    def create(self, entry):
        for version in (self.version, latest_version()):
            kubernetes_validate.validate(entry, version, strict=True)
        return super().create(entry)


class Handler(api.Handler):
    """Answers requests for objects from such a cluster."""

    def _object(self, match, body, dry):
        kind, namespaced = api.RESOURCES[match["group"] or "", match["version"]][match["plural"]]
        namespace = (match["namespace"] if namespaced else None) or ""
        try:
            return self._do(kind, namespace, match["name"], body)
        except ApiError as error:
            raise api.Refused(error.code, error.reason, str(error)) from error
        except kubernetes_validate.ValidationError as error:
            raise api.Refused(422, "Invalid", f"{kind} is invalid: {error.message}") from error

    def _do(self, kind, namespace, name, body):
        if self.command == "POST":
            return self.cluster.create(body)
        if self.command == "PATCH":
            return self.cluster.patch(kind, namespace, name, body)
        if self.command == "DELETE":
            self.cluster.delete(kind, namespace, name, uid=((body or {}).get("preconditions") or {}).get("uid", ""))
            return {"kind": "Status", "apiVersion": "v1", "status": "Success"}
        if name:
            return self.cluster.get(kind, namespace, name)
        self.cluster.tick()
        here = [entry for entry in self.cluster.list() if entry["kind"] == kind]
        items = [entry for entry in here if namespace in ("", entry["metadata"].get("namespace"))]
        return {"kind": f"{kind}List", "apiVersion": "v1", "metadata": {}, "items": items}
