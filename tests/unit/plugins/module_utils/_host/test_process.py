# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import process


def python(code):
    return (sys.executable, "-c", code)


def test_a_command_tells_how_it_ended_and_what_it_said():
    done = process.run(python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"), 30)
    assert (done.rc, done.ok, done.stdout, done.stderr, done.why()) == (3, False, "out\n", "err\n", "err")
    assert 0 < done.seconds < 30


def test_a_command_that_does_not_end_is_given_up_in_time():
    started = time.monotonic()
    done = process.run(python("print('begun', flush=True); import time; time.sleep(60)"), 1)
    assert done.rc is None
    assert time.monotonic() - started < 10
    assert done.stdout == "begun\n", "what it said until then is kept"
    assert "did not end within" in done.why()


def test_a_daemon_that_a_command_leaves_behind_holds_up_nobody():
    daemon = "import os, time\nif os.fork() == 0:\n    os.setsid(); time.sleep(3)"
    started = time.monotonic()
    assert process.run(python(daemon), 30).ok
    assert time.monotonic() - started < 2


def test_the_children_of_a_command_that_is_given_up_are_ended_too():
    children = "import os, time\nprint(os.getpgid(0), flush=True)\nos.fork()\ntime.sleep(60)"
    group = process.run(python(children), 1).stdout.strip()
    deadline = time.monotonic() + 10
    while (
        time.monotonic() < deadline
        and subprocess.run(["pgrep", "-r", "R,S,D", "-g", group], check=False).returncode == 0
    ):
        time.sleep(0.05)
    assert subprocess.run(["pgrep", "-r", "R,S,D", "-g", group], check=False).returncode == 1


def test_a_command_of_systemds_own_group_stays_in_it_and_is_ended_without_the_group():
    asked = "import os; print(os.getpgid(0))"
    assert int(process.run_among(python(asked), 30).stdout) == os.getpgid(0)
    assert int(process.run(python(asked), 30).stdout) != os.getpgid(0)
    assert process.run_among(python("import time; time.sleep(60)"), 0.2).rc is None


def test_a_program_that_is_missing_is_a_result_and_no_crash():
    done = process.run(("/no/such/program",), 5)
    assert (done.argv, done.rc, done.stdout) == (("/no/such/program",), 127, "")
    assert done.why() == "/no/such/program: No such file or directory"
    assert 0 <= done.seconds < 5


def test_the_callers_environment_does_not_reach_a_command(monkeypatch):
    monkeypatch.setenv("LD_PRELOAD_X", "1")
    monkeypatch.delenv("PATH")
    done = process.run(python("import os; print(sorted(os.environ), os.environ['PATH'])"), 30)
    assert "LD_PRELOAD_X" not in done.stdout
    assert process.SYSTEM_PATH in done.stdout


def test_what_a_command_says_is_english_wherever_the_node_stands(monkeypatch):
    for name in ("LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.setenv(name, "de_DE.UTF-8")
    done = process.run(
        python("import os; print([os.environ.get(name) for name in ('LC_ALL', 'LANG', 'LC_MESSAGES')])"), 30
    )
    assert done.stdout == "['C', 'C', None]\n"


def test_a_command_neither_reads_the_callers_input_nor_holds_its_directory():
    """Ansible sends a module by its input, and a daemon in a directory keeps that from being unmounted."""
    done = process.run(python("import os, sys; print(repr(sys.stdin.read()), os.getcwd())"), 30)
    assert done.stdout == "'' /\n"


def test_bytes_that_are_no_text_do_not_crash():
    assert process.run(python(r"import os; os.write(1, b'\xff')"), 30).stdout == "\\xff"


@pytest.mark.parametrize(("said", "why"), [("a\nb\n", "b"), ("", "x exited 1 without a word")])
def test_a_failure_is_one_line(said, why):
    assert process.Completed(("x",), 1, "", said, 0.1).why() == why
