# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Those who use a mount, each in another way, and write block after block through it: what was acknowledged must be on the volume, whatever is done."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.evenkeel.glusterfs.tests.lab import eventually
from ansible_collections.evenkeel.glusterfs.tests.lab.programs import ACKS, ERRORS, READER, WRITER, WRITER_AT_OFFSETS

PATH = "/srv/web"
FOLDER = f"{PATH}/app"
FILE = "blocks"

_BY_TURNS = f"""
import subprocess, sys, time
errors = open("{ERRORS}", "a", buffering=1)
acks, number = open("{ACKS}", "a", buffering=1), 0
write = "import os, sys; f = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND); os.write(f, sys.argv[2].encode()); os.fsync(f)"
while True:
    line = "%07d\\n" % number
    done = subprocess.run(["nsenter", "--mount=/run/kept/ns", "python3", "-c", write, sys.argv[1], line], capture_output=True, text=True)
    if done.returncode:
        errors.write(f"{{number}}: {{done.stderr}}\\n")
    else:
        acks.write(line)
        number += 1
    time.sleep(0.5)
"""
"""The same in a mount namespace in which there is nobody most of the time."""

_CONTAINER = f"""
set -e
root=/run/container
mount -t tmpfs tmpfs $root
mkdir $root/data $root/old $root/proc $root/run
for name in usr lib lib64 bin; do
    if [ -e /$name ]; then mkdir $root/$name; mount --rbind /$name $root/$name; fi
done
mount --bind /run $root/run
mount --bind {FOLDER} $root/data
cd $root
pivot_root . old
mount -t proc proc /proc
umount -l /old
exec python3 -c "$1" /data/{FILE}
"""
"""What a runtime of containers does: a mount namespace of its own, a root of its own, and in it a bind of the folder."""

_RUNC = f"""
import json, os, subprocess, sys
os.makedirs("/run/bundle/rootfs", exist_ok=True)
os.chdir("/run/bundle")
if not os.path.exists("config.json"):
    subprocess.run(["runc", "spec"], check=True)
with open("config.json") as file:
    spec = json.load(file)
ours = {{path: path for path in ("/usr", "/lib", "/lib64", "/bin", "/run/user") if os.path.exists(path)}}
bound = {{**ours, "{FOLDER}": "/data"}}
spec["mounts"] = [mount for mount in spec["mounts"] if mount["destination"] in ("/proc", "/dev")]
spec["mounts"] += [dict(source=path, destination=place, type="bind", options=["rbind", "rprivate"]) for path, place in bound.items()]
spec["process"].update(terminal=False, args=["python3", "-c", sys.argv[1], "/data/{FILE}"])
spec["process"].pop("rlimits", None)
spec["linux"]["namespaces"] = [dict(type=kind) for kind in ("mount", "pid", "ipc", "uts")]
with open("config.json", "w") as file:
    json.dump(spec, file)
os.execvp("runc", ["runc", "run", "writer"])
"""
"""A container of runc's, as podman and Docker run it, with a volume bound into it."""


_KEEP = """
set -e
mkdir -p /run/kept
mount --bind /run/kept /run/kept
mount --make-private /run/kept
touch /run/kept/ns
for _try in $(seq 40); do
    unshare --mount --propagation=private sleep 60 >/dev/null 2>&1 &
    until [ "$(cat /proc/$!/comm)" = sleep ]; do sleep 0.1; done
    if mount --bind /proc/$!/ns/mnt /run/kept/ns 2>/dev/null; then kill $!; exit; fi
    kill $!
done
exit 1
"""
"""A mount namespace that a file alone keeps: its process ends at once. A namespace can be bound in an older one only, and Linux 6.18 takes for the older
one that with the lower number, of which each CPU has its own: some of them cannot be bound at all."""


@dataclass(frozen=True)
class User:
    """One way to use the mount.

    argv: what writes, or reads; the word WRITER in it stands for the code. before, after: shell commands that make it possible, and undo that. stop: one
    that ends what lives on when argv is killed.
    named: what a refusal says of it. unseen: whether it may be unknown to all but the kernel, so that the mount may go and its client stays.
    code: of the writer. blocks: where on the volume they are, "" if it only reads.
    """

    name: str
    argv: tuple
    named: str
    before: str = "true"
    after: str = "true"
    code: str = WRITER
    unseen: bool = False
    blocks: str = FILE
    stop: str = "true"


USERS = [
    User("file", ("python3", "-c", "WRITER", f"{FOLDER}/{FILE}", "held"), "python3 ("),
    User(
        "bind",
        ("python3", "-c", "WRITER", f"/var/bound/{FILE}"),
        "a bind of /app at /var/bound",
        f"mkdir -p /var/bound && mount --bind {FOLDER} /var/bound",
        "umount /var/bound",
    ),
    User(
        "namespace",
        ("unshare", "--mount", "--propagation=private", "python3", "-c", "WRITER", f"{FOLDER}/{FILE}"),
        f"in a mount namespace of its own, at {PATH}",
    ),
    User(
        "container",
        ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation=private", "sh", "-c", _CONTAINER, "container", "WRITER"),
        "in a mount namespace of its own, at /data",
        "mkdir -p /run/container",
    ),
    User(
        "runc",
        ("python3", "-c", _RUNC, "WRITER"),
        "in a mount namespace of its own, at /data",
        "runc delete --force writer 2>/dev/null; command -v runc",
        stop="runc delete --force writer",
    ),
    User(
        "overlay",
        ("python3", "-c", "WRITER", "/run/merged/seed"),
        "an overlay at /run/merged",
        f"mkdir -p /run/merged /run/lower && mount -t overlay -o lowerdir={FOLDER}:/run/lower overlay /run/merged",
        "umount /run/merged",
        code=READER,
        blocks="",
    ),
    User(
        "loop",
        ("python3", "-c", "WRITER", "/run/loop"),
        f"a loop device of {FOLDER}/{FILE}",
        # A container has the device nodes of the moment in which it was started, and the first ones may be in use on the machine.
        "for n in $(seq 0 63); do [ -e /dev/loop$n ] || mknod /dev/loop$n b 7 $n; done; "
        f"truncate -s 4M {FOLDER}/{FILE} && device=$(losetup --find --show {FOLDER}/{FILE}) && ln -sfn $device /run/loop",
        "losetup --detach $(readlink /run/loop)",
        code=WRITER_AT_OFFSETS,
    ),
    User(
        "kept",
        ("python3", "-c", "WRITER", f"{FOLDER}/{FILE}"),
        f"in a mount namespace of its own, at {PATH}",
        _KEEP,
        "umount /run/kept/ns; umount -l /run/kept",
        code=_BY_TURNS,
        unseen=True,
    ),
]  # fmt: skip


class Using:
    """A user at work on the node, until the context ends. witness: a host that has the volume mounted too."""

    def __init__(self, user, node, witness):
        self.user = user
        self.node = node
        self.witness = witness

    def __enter__(self):
        self.node.run(
            "sh", "-c", f"rm -rf {ACKS} {ERRORS} {FOLDER}; mkdir -p {FOLDER} /run/user; echo seed >{FOLDER}/seed"
        )
        self.node.run("sh", "-c", self.user.before)
        argv = [self.user.code if word == "WRITER" else word for word in self.user.argv]
        self.process = self.node.in_background(f"print('ready', flush=True)\nos.execvp({argv[0]!r}, {argv!r})")
        self.process.__enter__()
        self.goes_on()
        return self

    def __exit__(self, *_error):
        self.process.__exit__()
        self.node.run("sh", "-c", self.user.stop)
        eventually(lambda: not self.node.pids("blocks|merged/seed|/run/loop"), 20, "the writer has ended")
        self.node.run("sh", "-c", self.user.after)

    def acknowledged(self):
        return self.node.run("cat", ACKS, check=False).splitlines()

    def errors(self):
        return self.node.run("cat", ERRORS, check=False).splitlines()

    def goes_on(self):
        """See it write from now on."""
        before = len(self.acknowledged())
        eventually(lambda: len(self.acknowledged()) > before + 1, 30, f"{self.user.name} goes on: {self.errors()}")

    def missing(self):
        """Blocks that were acknowledged and are not on the volume, as another host sees that."""
        if not self.user.blocks:
            return set()
        acknowledged = set(self.acknowledged())
        return acknowledged - set(self.witness.run("cat", f"{FOLDER}/{self.user.blocks}").replace("\0", "").split("\n"))
