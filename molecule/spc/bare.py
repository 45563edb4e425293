# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scenario's hosts without GlusterFS: their mounts by containers, and what is left of one."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from pathlib import Path

from ansible_collections.evenkeel.glusterfs.tests.lab import IMAGE, PEERS, eventually, from_environment, service
from ansible_collections.evenkeel.glusterfs.tests.lab.traces import traces

PATH = "/srv/web"
UNIT = "srv-web.mount"
NAMES = ("bare1", "bare2")
LOGS = "/var/log/glusterfs/spc"
STORE = "/var/lib/evenkeel.glusterfs/spc"
HERE = Path(__file__).resolve().parent


class Bare:
    """One host without GlusterFS."""

    def __init__(self, lab, name):
        self.lab = lab
        self.host = lab.host(name)
        self.run, self.active, self.show = self.host.run, self.host.active, self.host.show

    def mount(self, *, check=False, **arguments):
        """The module, on this host, by a container."""
        given = {"servers": list(PEERS), "order": "listed", "volume": "web", "via": "container", **arguments}
        return self.lab.use("mount", node=self.host.name, check=check, **given)

    def traces(self, path):
        """What of a mount is on the host."""
        return traces(self.host, path)

    def status(self, path=PATH):
        return self.host.status(path)

    def container(self, path=PATH):
        """The name of the container that serves a mount now."""
        name = "gluster-" + path.strip("/").replace("/", "-") + "."
        (found,) = [
            each for each in self.run("podman", "ps", "--format", "{{.Names}}").split() if each.startswith(name)
        ]
        return found

    @contextlib.contextmanager
    def outliving(self, path, source, *words, volumes=(), states=("healthy",)):
        """A privileged container that has the host mount ``path``, in one of ``states``; its name. What the host runs and keeps goes with the context."""
        argv = ["podman", "run", "--detach", "--name=asker", "--privileged", "--pid=host", "--network=host"]
        argv += ["--cgroupns=private", *(f"--volume={each}" for each in (f"{STORE}:{STORE}", *volumes)), IMAGE]
        self.run("mkdir", "-p", path, STORE)
        self.run(*argv, "outlive", *words, "-o", "noguard", source, path)
        try:
            eventually(lambda: self.status(path)["state"] in states, 120, "it is mounted")
            yield "asker"
        finally:
            service = path.strip("/").replace("/", "-")
            self.run("sh", "-c", f"systemctl stop 'gluster-{service}.*'; podman rm --force --ignore asker")
            self.run("sh", "-c", f"umount -l {STORE}/*; rm -rf {STORE}", check=False)
        assert self.traces(path) == [f"directory {path}"]
        self.run("rmdir", path)

    def container_of(self, image, path=PATH):
        """The name of the container of ``path`` that is made from an image."""
        identity = self.run("podman", "image", "inspect", "--format={{.Id}}", image).strip()
        return "gluster-" + path.strip("/").replace("/", "-") + "." + identity.rpartition(":")[2][:8]

    def derive(self, tag, line):
        """An image that differs from the role's by one line of its Containerfile."""
        self.run("mkdir", "-p", "/run/derive")
        self.host.write("/run/derive/Containerfile", f"FROM {IMAGE}\n{line}\n")
        self.run("podman", "build", "--quiet", "--format=docker", "--tag", tag, "/run/derive")

    def boot(self):
        self.host.boot(5)

    def install_service(self):
        service.install(self.host, PATH, "%H.log")

    def remove_service(self):
        service.remove(self.host)

    def below(self, path=PATH):
        return self.host.below(path)

    def capabilities(self, path=PATH):
        """Of the client, as the kernel has them: numbers of those in effect and of those that could ever be."""
        text = self.run("cat", f"/proc/{self.status(path)['pid']}/status")
        masks = [int(re.search(rf"Cap{kind}:\s+(\w+)", text)[1], 16) for kind in ("Eff", "Bnd")]
        return [[bit for bit in range(64) if mask >> bit & 1] for mask in masks]


def logged(path):
    """The option by which the role gluster_client has the client of a mount log."""
    return f"log-file={LOGS}/{path.strip('/').replace('/', '-')}.log"


def role(*options, **variables):
    """Run the roles, on the first host unless ``hosts`` is given: (whether it failed, how many tasks changed something, what it said)."""
    bare = f"--inventory={HERE.parent}/shared/bare/hosts.yml"
    argv = from_environment().playbook(HERE / "role.yml", bare, *options, **variables)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=900, check=False)
    changed = sum(map(int, re.findall(r"changed=(\d+)", done.stdout)))
    return done.returncode != 0, changed, done.stdout + done.stderr


def release():
    """Of the machine's kernel, as a pair of numbers."""
    return tuple(int(part) for part in os.uname().release.split(".")[:2])
