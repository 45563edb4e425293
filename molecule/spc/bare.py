# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scenario's hosts without GlusterFS: their mounts by containers, and what is left of one."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
from pathlib import Path

from ansible_collections.evenkeel.glusterfs.tests.faults.lab import PEERS, eventually, podman

PATH = "/srv/web"
UNIT = "srv-web.mount"
SERVICE = "app.service"
IMAGE = "localhost/evenkeel-glusterfs:latest"
NAMES = ("bare1", "bare2")
LOGS = "/var/log/glusterfs/spc"
STORE = "/var/lib/evenkeel.glusterfs/spc"
HERE = Path(__file__).resolve().parent

_SERVICE = f"""\
[Unit]
RequiresMountsFor={PATH}
[Service]
ExecStart=/bin/sh -c 'while sleep 0.2; do date >> {PATH}/$HOSTNAME.log; done'
Environment=HOSTNAME=%H
[Install]
WantedBy=multi-user.target
"""

_TRACES = r"""
import glob, os, re, subprocess, sys
path = sys.argv[1]
name = "gluster-" + path.strip("/").replace("/", "-")
for line in open("/proc/mounts"):
    if line.split()[1:2] == [path]:
        print(line.rstrip())
for file in glob.glob("/proc/[0-9]*/cmdline"):
    try:
        words = open(file, "rb").read().decode().split("\0")[:-1]
    except OSError:
        continue
    if words and os.path.basename(words[0]) == "glusterfs" and words[-1].endswith(path):
        print("process", file.split("/")[2])
for folder in ("/etc/systemd/system", "/etc/systemd/system/remote-fs.target.wants", "/etc/containers/systemd", "/run/systemd/system"):
    for file in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        if file.startswith(name) or file == name[len("gluster-"):] + ".mount":
            print(os.path.join(folder, file))
for container in subprocess.run(["podman", "ps", "--all", "--format", "{{.Names}}"], capture_output=True, text=True).stdout.split():
    if re.match(re.escape(name) + r"\.", container):
        print("container", container)
if os.path.exists(path):
    print("directory", path)
"""

OPENS = """
import json, os, signal, time
path = "{path}/opened"
open(path, "w").write("kept open")
held = open(path)
count, failed, longest, going = 0, [], 0.0, True
def stop(*_):
    global going
    going = False
signal.signal(signal.SIGTERM, stop)
print("ready")
due = last = time.monotonic()
while going:
    try:
        os.close(os.open(path, os.O_RDONLY))
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    except OSError as error:
        failed.append(str(error))
    count += 1
    due += 1 / {rate}
    time.sleep(max(0.0, due - time.monotonic()))
held.seek(0)
json.dump(dict(count=count, failed=failed, longest=longest, held=held.read()), open("/run/opens.json", "w"))
held.close()
time.sleep(60)
"""
"""Opens a file again and again until it is asked to end, and tells what became of that; see opens in test_upgrade.py."""


class Bare:
    """One host without GlusterFS."""

    def __init__(self, lab, name):
        self.lab = lab
        self.host = lab.host(name)

    def run(self, *argv, **more):
        return self.host.run(*argv, **more)

    def mount(self, *, check=False, **arguments):
        """The module, on this host, by a container."""
        given = {"servers": list(PEERS), "order": "listed", "volume": "web", "via": "container", **arguments}
        return self.lab.use("mount", node=self.host.name, check=check, **given)

    def traces(self, path):
        """What of a mount is on the host."""
        return [line for line in self.host.python(_TRACES, path).splitlines() if line != "None"]

    def status(self, path=PATH):
        (row,) = json.loads(self.run("gluster-failover", "status", "--json", path, check=False))
        return row

    def container(self, path=PATH):
        """The name of the container that serves a mount now."""
        name = "gluster-" + path.strip("/").replace("/", "-") + "."
        (found,) = [
            each for each in self.run("podman", "ps", "--format", "{{.Names}}").split() if each.startswith(name)
        ]
        return found

    @contextlib.contextmanager
    def outliving(self, path, source, *words, volumes=()):
        """A privileged container that has the host mount ``path``; its name. What the host runs and keeps goes with the context."""
        argv = ["podman", "run", "--detach", "--name=asker", "--privileged", "--pid=host", "--network=host"]
        argv += ["--cgroupns=private", *(f"--volume={each}" for each in (f"{STORE}:{STORE}", *volumes)), IMAGE]
        self.run("mkdir", "-p", path, STORE)
        self.run(*argv, "outlive", *words, "-o", "noguard", source, path)
        try:
            eventually(lambda: self.status(path)["state"] == "healthy", 120, "it is mounted")
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

    def active(self, unit):
        return self.run("systemctl", "is-active", unit, check=False).strip() == "active"

    def show(self, unit, name):
        return self.run("systemctl", "show", f"--property={name}", "--value", unit).strip()

    def boot(self):
        podman("restart", "--time", "5", self.host.container)
        eventually(lambda: self.active("multi-user.target"), 120, "the boot ends")

    def install_service(self):
        self.host.write(f"/etc/systemd/system/{SERVICE}", _SERVICE)
        self.run("systemctl", "daemon-reload")
        self.run("systemctl", "enable", "--now", SERVICE)

    def remove_service(self):
        self.run("systemctl", "disable", "--now", SERVICE)
        self.run("rm", f"/etc/systemd/system/{SERVICE}")
        self.run("systemctl", "daemon-reload")

    def below(self, path=PATH):
        """What lies in the bare directory below the mount."""
        look = f"mkdir -p /run/root && mount --bind / /run/root && ls -A /run/root{path}; umount /run/root"
        return self.run("sh", "-c", look).split()

    def capabilities(self, path=PATH):
        """Of the client, as the kernel has them: numbers of those in effect and of those that could ever be."""
        text = self.run("cat", f"/proc/{self.status(path)['pid']}/status")
        masks = [int(re.search(rf"Cap{kind}:\s+(\w+)", text)[1], 16) for kind in ("Eff", "Bnd")]
        return [[bit for bit in range(64) if mask >> bit & 1] for mask in masks]


def logged(path):
    """The option by which the role has the client of a mount log."""
    return f"log-file={LOGS}/{path.strip('/').replace('/', '-')}.log"


def role(*options, **variables):
    """Run the role, on the first host unless ``hosts`` is given: (whether it failed, how many tasks changed something, what it said)."""
    shared = HERE.parent / "shared"
    argv = ["ansible-playbook", f"--inventory={shared}/inventory/hosts.yml", f"--inventory={shared}/bare/hosts.yml"]
    argv += [f"--extra-vars={json.dumps(variables)}", *options, str(HERE / "role.yml")]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=900, check=False)
    changed = sum(map(int, re.findall(r"changed=(\d+)", done.stdout)))
    return done.returncode != 0, changed, done.stdout + done.stderr


def release():
    """Of the machine's kernel, as a pair of numbers."""
    return tuple(int(part) for part in os.uname().release.split(".")[:2])
