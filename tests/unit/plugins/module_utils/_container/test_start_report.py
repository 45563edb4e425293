# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._container.start_report import (
    StartReport,
    discard,
    read,
)
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.attempt import Outcome, Step
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.server import Server

ATTEMPT = {"server": "gfs1", "step": "connect", "outcome": "refused", "seconds": 0.5, "detail": "no"}
NONE = StartReport()


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "report.json")


def written(path, content):
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else json.dumps(content).encode())
    return read(path)


def test_a_report_says_whether_it_failed_why_and_after_which_tries(path):
    report = written(path, {"ok": False, "message": "no server would", "attempts": [ATTEMPT]})
    assert (report.readable, report.failed, report.message) == (True, True, "no server would")
    assert [tuple(each) for each in report.attempts] == [(Server("gfs1"), Step.CONNECT, Outcome.REFUSED, 0.5, "no")]


@pytest.mark.parametrize("put", ["nothing", "pipe", "link", "directory", "dangling"])
def test_what_is_no_file_is_no_report_and_is_not_waited_for(path, put):
    if put == "pipe":
        os.mkfifo(path)
    elif put == "link":
        written(f"{path}.2", {"ok": True})
        os.symlink(f"{path}.2", path)
    elif put == "directory":
        os.makedirs(f"{path}/x/y")
    elif put == "dangling":
        os.symlink("/nowhere", path)
    assert read(path) == NONE
    discard(path)
    assert not os.path.lexists(path)
    assert put != "link" or os.path.exists(f"{path}.2")


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100000, b"\xff\xfe", b"[1]", b"1", b"null", b" " * (2 << 20)])
def test_nonsense_is_no_report(path, content):
    assert written(path, content) == NONE


@pytest.mark.parametrize(
    "row",
    [
        1,
        "x",
        None,
        {},
        {**ATTEMPT, "server": 7},
        {**ATTEMPT, "server": "a b:c:d"},
        {**ATTEMPT, "step": "fly"},
        {**ATTEMPT, "step": []},
        {**ATTEMPT, "outcome": None},
        {**ATTEMPT, "seconds": "x"},
        {**ATTEMPT, "seconds": float("inf")},
        {**ATTEMPT, "seconds": 10**400},
        {**ATTEMPT, "detail": {"a": 1}},
    ],
)
def test_a_try_that_is_none_is_left_out_and_the_others_are_told(path, row):
    assert len(written(path, {"ok": True, "attempts": [row, ATTEMPT]}).attempts) == 1


def test_values_of_other_kinds_are_not_believed(path):
    assert written(path, {"ok": "no", "message": {"a": 1}, "attempts": {"a": 1}}) == StartReport(readable=True)


def test_a_report_gives_no_orders_to_a_terminal(path):
    report = written(path, {"ok": False, "message": "one\n\x1b[2Jtwo", "attempts": [{**ATTEMPT, "detail": "\x1b[2J"}]})
    assert report.message == "one\n\\x1b[2Jtwo"
    assert report.attempts[0].as_result()["detail"] == r"\x1b[2J"


def test_a_file_of_somebody_else_is_no_report(path, monkeypatch):
    written(path, {"ok": True})
    assert read(path).readable
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert read(path) == NONE
