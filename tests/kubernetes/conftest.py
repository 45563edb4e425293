# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from ansible_collections.evenkeel.glusterfs.tests.kubernetes.api import Cluster, Server

HERE = Path(__file__).parent


@dataclass
class Run:
    """How a run of the role ended: the text that a user sees, and the counts of the recap."""

    rc: int
    text: str

    @property
    def changed(self):
        return int(re.search(r"changed=(\d+)", self.text)[1])

    def succeeded(self):
        assert self.rc == 0, self.text
        assert "[WARNING]" not in self.text, self.text
        return self


class Role:
    """The role on this machine. folder: scratch space of its own."""

    def __init__(self, folder):
        self.folder = folder

    def run(self, variables=(), *options, entry="main"):
        """Run an entry point with the volumes of volumes.yml; ``variables`` go before them; None leaves one out."""
        include = {"name": "evenkeel.glusterfs.gluster_kubernetes", "tasks_from": entry}
        return self.play([{"name": "Role", "ansible.builtin.include_role": include}], variables, *options)

    def play(self, tasks, variables=(), *options):
        """Run tasks on this machine."""
        play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
        playbook = self.folder / "play.yml"
        playbook.write_text(json.dumps([play]))
        extra = self.folder / "vars.json"
        values = {
            **yaml.safe_load((HERE / "volumes.yml").read_text()),
            "gluster_kubernetes_folder": str(self.folder / "manifests"),
        }
        values |= dict(variables)
        extra.write_text(json.dumps({name: value for name, value in values.items() if value is not None}))
        argv = [
            "ansible-playbook",
            "-i",
            "localhost,",
            "-e",
            f"@{extra}",
            *options,
            str(playbook),
        ]
        # kubernetes.core keeps what it has learnt of a server in a file of the folder for temporary files.
        environment = {
            **os.environ,
            "TMPDIR": str(self.folder),
            "ANSIBLE_NOCOWS": "1",
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        }
        environment["ANSIBLE_LOCALHOST_WARNING"] = environment["ANSIBLE_INVENTORY_UNPARSED_WARNING"] = "0"
        done = subprocess.run(
            argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=180, text=True, check=False
        )
        return Run(done.returncode, done.stdout)

    def manifests(self):
        """The manifests in the folder, by kind, namespace and name."""
        files = (path.read_text() for path in sorted((self.folder / "manifests").glob("*")))
        return {label(manifest): manifest for text in files for manifest in yaml.safe_load_all(text)}


def label(manifest):
    metadata = manifest["metadata"]
    return f"{manifest['kind']} {'/'.join(filter(None, (metadata.get('namespace'), metadata['name'])))}"


@pytest.fixture
def role(tmp_path):
    return Role(tmp_path)


@pytest.fixture(scope="session")
def manifests(tmp_path_factory):
    """What the role writes for volumes.yml."""
    role = Role(tmp_path_factory.mktemp("manifests"))
    role.run().succeeded()
    return role.manifests()


@pytest.fixture
def cluster():
    return Cluster("1.25", ("default", "shop"))


@pytest.fixture
def server(cluster, role):
    """An API server whose kubeconfig is ``role.folder / "kubeconfig"``."""
    with Server(cluster) as server:
        (role.folder / "kubeconfig").write_text(server.kubeconfig())
        yield server
