# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from .lab import PATH, PEERS, eventually, from_environment


@pytest.fixture(scope="session")
def lab():
    return from_environment()


@pytest.fixture(autouse=True)
def clean(lab):
    """Each test finds whole servers and a node without mounts, and leaves it so."""
    eventually(lab.whole, 90, "all peers connected, all bricks up")
    yield
    cleared(lab, PATH)


@pytest.fixture(scope="session")
def unhindered(lab):
    """Seconds of a mount with nothing wrong: what this machine, which may be busy, takes for it by itself."""
    for _warm in range(2):
        mounted = lab.mount(path=PATH, volume="web", servers=list(PEERS))
        assert not mounted.failed, mounted.message
        cleared(lab, PATH)
    return mounted.seconds


def cleared(lab, path):
    gone = lab.mount(path=path, state="absent")
    assert not gone.failed, gone.message
    assert traces(lab.node, path) == []


TRACES = r"""
import glob, os, re, sys
path = sys.argv[1]
for table in ("/proc/mounts", "/etc/fstab"):
    for line in open(table):
        if line.split()[1:2] == [path.replace(" ", "\\040")]:
            print(line.rstrip())
for name in glob.glob("/proc/[0-9]*/cmdline"):
    try:
        words = open(name, "rb").read().decode().split("\0")[:-1]
    except OSError:
        continue
    if words and os.path.basename(words[0]) == "glusterfs" and words[-1] == path:
        print("process", name.split("/")[2])
if os.path.exists(path):
    print("directory", path)
"""


def traces(node, path=PATH):
    """What of a mount is on a node: table entries, lines of fstab, client processes, directories."""
    return node.python(TRACES, path).splitlines()
