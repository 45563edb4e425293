# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who follows a page on a controller that has nothing but ansible-core and the installed collection."""

from __future__ import annotations

import re
import subprocess
import time
from typing import NamedTuple

from ansible_collections.evenkeel.glusterfs.tests.lab import Host
from ansible_collections.evenkeel.glusterfs.tests.pages.fleet import CLIENTS, CONTROLLER, SERVERS
from ansible_collections.evenkeel.glusterfs.tests.pages.page import FIRST_HOUR, merged, sections

FOLDER = "/root/gluster"
RUN_SECONDS = 900
_RECAP = re.compile(r"^(\S+) +: ok=(\d+) +changed=(\d+) +unreachable=(\d+) +failed=(\d+)", re.MULTILINE)


class Run(NamedTuple):
    """How a command ended: what the newcomer saw, and in how many seconds."""

    argv: tuple[str, ...]
    rc: int
    text: str
    seconds: float

    @property
    def changed(self):
        """Number of changes by host, of those that the recap names."""
        return {name: int(changed) for name, _ok, changed, _unreachable, _failed in _RECAP.findall(self.text)}

    @property
    def unwell(self):
        """The hosts that the recap has as failed or unreachable."""
        return {
            name
            for name, _ok, _changed, unreachable, failed in _RECAP.findall(self.text)
            if unreachable + failed != "00"
        }

    def succeeded(self):
        assert self.rc == 0, self.text
        assert not self.unwell, self.text
        assert "[WARNING]" not in self.text, self.text
        assert "[DEPRECATION" not in self.text, self.text
        return self


class Newcomer:
    """Follows the page docs/first-hour.md on a fleet. core: which ansible-core runs, ``oldest`` or ``newest``."""

    def __init__(self, fleet, prefix, core="newest"):
        self.fleet = fleet
        self.prefix = prefix
        self.core = core
        self.controller = Host(CONTROLLER, f"{prefix}{CONTROLLER}")
        self.files = {}
        self.followed = set()
        self.sections = sections(fleet.translated(FIRST_HOUR.read_text()))

    def host(self, page):
        """A host by what the page calls it."""
        return Host(page, f"{self.prefix}{page}")

    @property
    def servers(self):
        return [self.host(page) for page in SERVERS]

    @property
    def clients(self):
        return [self.host(page) for page in CLIENTS]

    def name(self, page):
        return self.fleet.machine(page).name

    def start_over(self):
        """With a folder that is empty."""
        self.files = {}
        self.controller.run("rm", "-rf", FOLDER)

    def write(self, path, block):
        """Put a block of the page, or one of the same form, into a file."""
        self.files[path] = merged(self.files.get(path, ""), block)
        target = f"{FOLDER}/{path}"
        self.controller.run("mkdir", "-p", target.rpartition("/")[0])
        self.controller.write(target, self.files[path])

    def run(self, *argv):
        """A command on the controller, in the newcomer's folder, with pipelining on the newer core and without on the older."""
        words = ["env", f"PATH=/opt/{self.core}/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C.UTF-8", "HOME=/root"]
        words += ["ANSIBLE_COLLECTIONS_PATH=/opt/controller/collections", f"ANSIBLE_PIPELINING={self.core == 'newest'}"]
        command = ["podman", "exec", "--workdir", FOLDER, self.controller.container, *words, *argv]
        begun = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_SECONDS, check=False)
        seconds = time.monotonic() - begun
        text = f"$ {' '.join(argv)}\n{done.stdout}{done.stderr}"
        print(f"{text}\nrc {done.returncode} after {seconds:.0f} s, by {self.core}", flush=True)
        return Run(argv, done.returncode, text, seconds)

    def follow(self, title, *options):
        """Do what a section says in its order, files and commands of the controller; how each command ended. options: more words for each command."""
        runs = []
        self.followed.add(title)
        for block in self.sections[title]:
            if block.file:
                self.write(block.file, block.text)
            runs += [self.run(*argv, *options) for argv in block.commands if argv[0] == "ansible-playbook"]
            for host, argv in block.prompts:
                runs.append(self.on_host(host, argv))
        return runs

    def on_host(self, page, argv):
        """A command of the page on a host."""
        rc, text, seconds = self.host(page).timed(*argv)
        print(f"{page}# {' '.join(argv)}\n{text}rc {rc}", flush=True)
        return Run(tuple(argv), rc, text, seconds)
