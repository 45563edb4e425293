# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A gluster command that answers with recorded XML, and names that resolve from a table."""

from __future__ import annotations

import re
import socket
from pathlib import Path

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.cli import Cli
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.attempt import Outcome, Step
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.glusterd import AskFailed
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.network import Network
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.process import Completed
from ansible_collections.evenkeel.glusterfs.tests.unit.fakes import FakeClock, FakeTasks

RECORDED = Path(__file__).parent / "fixtures" / "xml"
VERSIONS = ("10.3", "11.1")

version = VERSIONS[0]
"""Of the recordings; the tests of _cluster run with each."""

OK = "<cliOutput><opRet>0</opRet><opErrno>0</opErrno><opErrstr/></cliOutput>"


def recorded(name, suffix="xml"):
    """What a real gluster of the version printed."""
    return (RECORDED / version / f"{name}.{suffix}").read_text()


def refusal(text):
    return f"<cliOutput><opRet>-1</opRet><opErrno>30800</opErrno><opErrstr>{text}</opErrstr></cliOutput>"


def ended(rc=0, stdout="", stderr=""):
    return Completed(("gluster",), rc, stdout, stderr, 1.0)


class FakeGluster:
    """Answers by command: ``says`` maps the words, with "HOST: " before them where another host is asked, to an answer or a list of them.

    An answer is a recorded name, XML, a Completed or a function that gives one of these. The last one of a list is given for ever. Words end in "*"
    where any may follow. ``ran`` lists the commands. ``silent``: names whose glusterd hangs, ``asked`` those that were asked
    without the command.
    """

    def __init__(self, says):
        self.says = {
            words: list(answers) if isinstance(answers, list) else [answers] for words, answers in says.items()
        }
        self.clock = FakeClock()
        self.ran = []
        self.argv = []
        self.silent = set()
        self.asked = []
        self.families = (socket.AF_INET,)
        network = Network(tasks=FakeTasks, brick_port=self.brick_port)
        self.cli = Cli(run=self, clock=self.clock, network=network, resolve=self.resolve)

    def brick_port(self, server, _path, seconds):
        """No brick, from a glusterd that answers; from one of ``silent`` nothing."""
        self.asked.append(server.host)
        if server.host in self.silent:
            raise AskFailed(Step.BRICKS, Outcome.TIMEOUT, f"no answer within {seconds:g} s")

    def resolve(self, _host, port, **_hints):
        return [(family, socket.SOCK_STREAM, 6, "", ("address", port)) for family in self.families]

    def __call__(self, argv, timeout):
        self.argv.append((list(argv), timeout))
        words = " ".join(word for word in argv[1:] if not word.startswith("--"))
        hosts = [word.split("=")[1] for word in argv if word.startswith("--remote-host=")]
        asked = f"{hosts[0]}: {words}" if hosts else words
        self.ran.append(asked)
        for pattern, answers in self.says.items():
            if asked == pattern or (pattern.endswith("*") and asked.startswith(pattern[:-1])):
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                break
        else:
            raise AssertionError(f"nobody expected gluster {asked}")
        if callable(answer):
            answer = answer()
        if isinstance(answer, Completed):
            return answer
        return ended(stdout=answer if re.match(r"\s*<", answer) else recorded(answer))

    @property
    def changed(self):
        """The commands that change something, without what is the same in all."""
        return [command.replace("gluster --mode=script --xml ", "") for command in self.cli.commands]


class FakeResolver:
    """own: the names of this host. table: addresses by name. hostname: what this host calls itself. files: of glusterd, by path."""

    def __init__(self, own=("h1",), table=(), hostname="h1", files=()):
        self.own = own
        self.hostname = hostname
        self.table = dict(table)
        self.files = dict(files)

    def is_local(self, host):
        return host in (*self.own, "localhost")

    def addresses(self, host):
        return frozenset([self.table[host]] if host in self.table else [])

    def stored(self, path):
        return self.files.get(path, "")

    def is_hostname(self, host):
        return host == self.hostname

    def is_own(self, address):
        return address.startswith("127.") or any(self.table.get(name) == address for name in self.own)


class FakeHost(FakeResolver):
    """h1, where every directory of ``marked`` has been a brick, every one of ``filled`` has files, and those of ``on_root`` are in the root file system."""

    def __init__(self, marked=(), filled=(), fstab=b"", on_root=(), **names):
        super().__init__(**names)
        self.on_root = on_root
        self.marked = marked
        self.filled = filled
        self.content = fstab

    def fstab(self):
        return self.content

    def mountinfo(self):
        return ""

    def real(self, path):
        return path

    def unfit(self, path):
        return "lies in the root file system" if path in self.on_root else ""

    def was_brick(self, path):
        return path in self.marked

    def has_files(self, path):
        return path in self.filled
