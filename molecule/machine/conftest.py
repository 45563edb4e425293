# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guests of the scenario, by ssh."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab import Lab, eventually

HERE = Path(__file__).resolve().parent
LAB = Lab(f"{HERE}/inventory/hosts.yml", "")
"""The hosts of this scenario are no containers and are reached by ssh; Ansible finds them in its inventory."""

ADDRESSES = {"thin1": "10.99.0.11", "thin2": "10.99.0.12", "node1": "10.99.0.13", "bare1": "10.99.0.14"}
BOOT_SECONDS = 120


class Guest:
    """A host with a kernel of its own."""

    def __init__(self, name):
        self.name = name
        options = (
            "BatchMode=yes",
            "ConnectTimeout=20",
            "LogLevel=ERROR",
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
        )
        self.ssh = ["ssh", "-i", os.environ["EVENKEEL_GUEST_KEY"]]
        self.ssh += [word for option in options for word in ("-o", option)]
        self.ssh.append(f"root@{ADDRESSES[name]}")

    def run(self, command, *, check=True, timeout=60):
        done = subprocess.run([*self.ssh, command], capture_output=True, text=True, timeout=timeout, check=False)
        assert done.returncode == 0 or not check, f"{self.name}: {command}: {done.stderr}"
        return done.stdout.strip()

    def status(self, path):
        """What gluster-failover tells of one mount."""
        (row,) = json.loads(self.run(f"gluster-failover status --json {path}", check=False))
        return row

    def module(self, name, /, *options, **arguments):
        """Run a module of Ansible on it: whether that went well, and what it returned."""
        argv = LAB.task(self.name, name, *options, **arguments)
        # molecule has results shown as YAML.
        shown = {**os.environ, "ANSIBLE_CALLBACK_RESULT_FORMAT": "json", "ANSIBLE_FORCE_COLOR": "0"}
        done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False, env=shown)
        return done.returncode == 0, json.loads(done.stdout[done.stdout.index("{") :])

    def reboot(self):
        """A real one: another kernel runs afterwards, and systemd is done with the boot."""
        before = self.run("cat /proc/sys/kernel/random/boot_id")
        self.run("systemctl reboot", check=False)

        def booted():
            now = self.run("cat /proc/sys/kernel/random/boot_id", check=False)
            return (
                now not in ("", before) and self.run("systemctl is-active multi-user.target", check=False) == "active"
            )

        eventually(booted, BOOT_SECONDS, f"{self.name} is up again")


@pytest.fixture(scope="session")
def guests():
    return {name: Guest(name) for name in ADDRESSES}


@pytest.fixture(scope="session")
def node(guests):
    return guests["node1"]


@pytest.fixture(scope="session")
def bare(guests):
    return guests["bare1"]
