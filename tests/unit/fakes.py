# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What unit tests put in place of the machine: a clock that jumps, commands that answer from a table."""

from __future__ import annotations

import os
import shutil

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.signals import Interrupted


class FakeClock:
    """A clock that sleeping moves on."""

    def __init__(self):
        self.time = 0.0

    def now(self):
        return self.time

    def sleep(self, seconds):
        assert seconds >= 0
        self.time += max(seconds, 0.001)


class FakeProc:
    """A /proc with the processes that a test adds."""

    def __init__(self, path):
        self.path = path
        self.root = str(path)
        (path / "self" / "ns").mkdir(parents=True)
        (path / "self" / "ns" / "mnt").symlink_to("mnt:[1]")

    def add(
        self,
        pid,
        argv,
        *,
        started=100,
        namespace="mnt:[1]",
        state="S",
        connection=None,
        sockets=(),
        tcp="\n",
        tcp6="\n",
        exe="/usr/sbin/glusterfsd",
        uids=(0, 0, 0, 0),
        name="glusterfs",
        fuse=True,
    ):
        folder = self.path / str(pid)
        for name in ("ns", "fd", "fdinfo", "net"):
            (folder / name).mkdir(parents=True)
        (folder / "cmdline").write_bytes(b"".join(os.fsencode(word) + b"\0" for word in argv))
        (folder / "stat").write_text(f"{pid} (glusterfs (x)) {state} " + "0 " * 18 + f"{started} 0 0\n")
        (folder / "status").write_text(f"Name:\t{name}\nUid:\t" + "\t".join(map(str, uids)) + "\nGid:\t0\t0\t0\t0\n")
        (folder / "ns" / "mnt").symlink_to(namespace)
        (folder / "exe").symlink_to(exe)
        (folder / "net" / "tcp").write_text(tcp)
        (folder / "net" / "tcp6").write_text(tcp6)
        for number, inode in enumerate(sockets):
            (folder / "fd" / str(number)).symlink_to(f"socket:[{inode}]")
        if not fuse:
            return
        (folder / "fd" / "90").symlink_to("/dev/fuse")
        (folder / "fdinfo" / "90").write_text("pos:\t0\n" + (f"fuse_connection:\t{connection}\n" if connection else ""))

    def remove(self, pid):
        shutil.rmtree(self.path / str(pid))


class Later:
    """A task's result that comes after ``seconds``; an exception is raised then; without end if ``seconds`` is None."""

    def __init__(self, seconds, result=None):
        self.seconds = seconds
        self.result = result


class FakeTasks:
    """Tasks that end when they say so, on a clock that waiting moves on. ``started`` lists (time, key).

    A task is run when it is started. What it takes is what it has spent, and the seconds of the Later that it returns.
    """

    def __init__(self, clock=None):
        self.clock = clock or FakeClock()
        self.started = []
        self._due = []
        self._spent = 0

    def now(self):
        return self.clock.now() + self._spent

    def spend(self, seconds):
        """Called by a task: its next step takes so long."""
        self._spent += seconds

    def start(self, key, fn):
        self.started.append((self.now(), key))
        try:
            result = fn()
        except Exception as error:
            result = error
        if not isinstance(result, Later):
            result = Later(0, result)
        if result.seconds is not None:
            self._due.append((self.now() + result.seconds, len(self.started), key, result.result))
        self._spent = 0

    def wait(self, timeout):
        over = self.now() + max(timeout, 0)
        self._due.sort(key=lambda entry: entry[:2])
        if self._due and self._due[0][0] <= over:
            due, _number, key, result = self._due.pop(0)
            self.clock.time = max(self.clock.time, due)
            return key, result
        self.clock.time = over
        return None


class FakeStrands:
    """Strands that run one after the other, in the order in which they may; ``order`` lists their keys. asked: see Strands."""

    def __init__(self, clock):
        self.clock = clock
        self.asked = ""
        self.order = []

    def now(self):
        return self.clock.now()

    def sleep(self, seconds):
        self.clock.sleep(seconds)

    def commit(self):
        """Nobody interrupts it."""

    def ask_to_end(self, signal):
        self.asked = signal

    def run(self, jobs):
        return dict(self.each(jobs))

    def each(self, jobs):
        results, waiting = {}, list(jobs)
        while waiting:
            (job, *_others) = [job for job in waiting if results.keys() >= set(job.after)]
            waiting.remove(job)
            self.order.append(job.key)
            try:
                results[job.key] = Interrupted(self.asked) if self.asked else job.call(self, dict(results))
            except BaseException as error:
                results[job.key] = error
            yield job.key, results[job.key]
