# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user has: Ansible to run a task with, a client that writes all the time, files that must stay as they are."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

from ansible_collections.evenkeel.glusterfs.tests.lab import Result

TASK_SECONDS = 300


def task(lab, module, on="gfs1", *, check=False, **arguments):
    """Run a task by Ansible. A warning of the module fails the test. The difference that Ansible shows is values["shown"]."""
    options = ["--diff", *(["--check"] if check else [])]
    argv = lab.task(on, f"evenkeel.glusterfs.{module}", *options, **arguments)
    environment = {
        **os.environ,
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
        "ANSIBLE_FORCE_COLOR": "0",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_TASK_TIMEOUT": str(TASK_SECONDS),
    }
    begun = time.monotonic()
    done = subprocess.run(argv, capture_output=True, text=True, env=environment, timeout=TASK_SECONDS + 30, check=False)
    seconds = time.monotonic() - begun
    shown, arrow, result = done.stdout.partition(" => ")
    assert arrow, f"ansible said no result: {done.stdout}{done.stderr}"
    values = json.loads(result)
    noise = [line for line in done.stderr.splitlines() if "WARNING" in line or "DEPRECATION" in line]
    assert not noise, noise
    assert not values.get("warnings"), values["warnings"]
    return Result({**values, "shown": shown}, done.returncode != 0, seconds)


class Writer:
    """A client that writes on a node without a pause, from start() to stop(); see writer.py for what it does."""

    def __init__(self, node, path):
        self.node = node
        self.path = path
        self.process = None

    def start(self):
        code = Path(__file__).with_name("writer.py").read_text(encoding="utf-8")
        argv = ["podman", "exec", self.node.container, "python3", "-u", "-c", code, self.path]
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        self.pid = self.process.stdout.readline().strip()
        assert self.pid.isdigit(), "the writer did not start"

    def stop(self):
        """What it has written, and what went wrong."""
        self.node.run("kill", "-TERM", self.pid)
        out, _err = self.process.communicate(timeout=120)
        self.process = None
        return json.loads(out)

    def kill(self):
        """For a test that failed."""
        if self.process:
            self.process.kill()
            self.process.communicate(timeout=30)
            self.node.run("kill", "-KILL", self.pid, check=False)


def make_files(node, path, count):
    """Files of 0 to 16 KiB in ten directories, with sums of what is in them in /root/sums."""
    node.python(
        """if True:
        import hashlib, os, sys
        path, count = sys.argv[1], int(sys.argv[2])
        sums = []
        for number in range(count):
            name = f"{path}/{number % 10}/{number}"
            os.makedirs(os.path.dirname(name), exist_ok=True)
            data = hashlib.sha256(name.encode()).digest() * (number % 512)
            with open(name, "wb") as file:
                file.write(data)
            sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}")
        with open("/root/sums", "w") as file:
            file.write("\\n".join(sums) + "\\n")
        """,
        path,
        str(count),
    )


def check_files(node):
    """How many files are still what they were; all of them, or the test fails."""
    return node.run("sha256sum", "--check", "--strict", "/root/sums").count(": OK\n")
