# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook migrate_kubernetes before the API server of a cluster in memory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import yaml

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes.objects import bare, key_of
from ansible_collections.evenkeel.glusterfs.tests.kubernetes.api import Server
from ansible_collections.evenkeel.glusterfs.tests.kubernetes.legacy import Handler

LIMIT = 900
"""Seconds for one run, on a machine that has much else to do."""

LOCAL = ("--inventory=localhost,", "--connection=local")


class Playbook:
    """The playbook, with a folder of its own. settings: variables of each run, without gluster_kubernetes_migrate_."""

    def __init__(self, folder, cluster, inventory=LOCAL, **settings):
        self.folder = folder
        self.cluster = cluster
        self.inventory = inventory
        self.settings = {"folder": str(folder / "migration"), "poll": 1, "at_once": 9, **settings}
        self.process = None

    def run(self, *options, **settings):
        """Run it to its end, which a Ctrl-C may be; the exit code and the text."""
        with Server(self.cluster, Handler) as server:
            (self.folder / "kubeconfig").write_text(server.kubeconfig())
            values = {
                f"gluster_kubernetes_migrate_{name}": value for name, value in {**self.settings, **settings}.items()
            }
            values["gluster_kubernetes_kubeconfig"] = str(self.folder / "kubeconfig")
            environment = {
                **os.environ,
                "TMPDIR": str(self.folder),
                "ANSIBLE_NOCOWS": "1",
                "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
                "ANSIBLE_LOCALHOST_WARNING": "0",
                "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0",
            }
            argv = [
                "ansible-playbook",
                *self.inventory,
                "-e",
                json.dumps(values),
                *options,
                "evenkeel.glusterfs.migrate_kubernetes",
            ]
            self.process = subprocess.Popen(
                argv,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
            try:
                text, _none = self.process.communicate(timeout=LIMIT)
            finally:
                if self.process.poll() is None:
                    os.killpg(self.process.pid, signal.SIGKILL)
                    self.process.wait()
        return self.process.returncode, text

    def succeed(self, *options, **settings):
        """Run it; its text."""
        code, text = self.run(*options, **settings)
        assert code == 0, text
        return text

    def interrupt(self):
        """What Ctrl-C in its terminal does."""
        os.killpg(self.process.pid, signal.SIGINT)

    def file(self, name):
        """A file in its folder."""
        return self.folder / "migration" / name

    def originals(self):
        return yaml.safe_load(self.file("rollback/originals.yaml").read_text())["items"]


def content(cluster):
    """What the users of a cluster have made, without what it makes of that itself."""
    found = {}
    for entry in cluster.list():
        if not any(owner.get("controller") for owner in entry["metadata"].get("ownerReferences") or []):
            found[str(key_of(entry))] = bare(entry)
            found[str(key_of(entry))].get("spec", {}).pop("nodeName", None)
    return found
