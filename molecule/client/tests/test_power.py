# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The power of a node goes while the role is at work on it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab import eventually, from_environment, podman

SCENARIO = Path(__file__).resolve().parents[1]
NAME = "node2"


def start(playbook, **more):
    argv = from_environment().playbook(SCENARIO / playbook, f"--limit={NAME}")
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)


def play(playbook):
    """Run a playbook to its end; its recap."""
    text, _none = start(playbook).communicate(timeout=300)
    assert "failed=0" in text, text
    return text


@pytest.mark.parametrize("task", ["Mount what is wanted", "Write the units that heal"])
def test_the_role_makes_it_whole_after_the_power_went_in_the_middle(lab, task):
    host = lab.host(NAME)
    play("remove.yml")
    run = start("converge.yml", env={**os.environ, "ANSIBLE_FORCE_COLOR": "0"})
    for line in run.stdout:
        if task in line:
            break
    podman("kill", host.container)
    run.communicate(timeout=200)
    podman("start", host.container)
    eventually(
        lambda: host.run("systemctl", "is-active", "multi-user.target", check=False).strip() == "active",
        120,
        "it boots",
    )
    play("converge.yml")
    assert "changed=0" in play("converge.yml"), "and then there is nothing left to do"
    assert host.run("gluster-failover", "status").count("  healthy  ") == 4
    assert host.run("ls", "-A", "/usr/local/lib/evenkeel.glusterfs").split() == ["failover"]
    assert not host.exists("/etc/.fstab.evenkeel-new")
