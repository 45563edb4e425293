# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of mount units, and the reload that makes them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import systemd
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.process import Completed

NAMES = st.text(st.characters(exclude_characters="/\x00", exclude_categories=["Cs"]), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", "-"),
        ("//", "-"),
        ("/./", "-"),
        ("/mnt/g", "mnt-g"),
        ("//mnt///g/", "mnt-g"),
        ("/mnt/./g/.", "mnt-g"),
        ("/-", r"\x2d"),
        ("/a-b", r"a\x2db"),
        ("/.a", r"\x2ea"),
        ("/./.a", r"\x2ea"),
        ("/a/.b", "a-.b"),
        ("/...", r"\x2e.."),
        ("/a..", "a.."),
        ("/a b", r"a\x20b"),
        ("/a\\b", r"a\x5cb"),
        ("/a%b", r"a\x25b"),
        ("/~x@y", r"\x7ex\x40y"),
        ("/a_b:c.d", "a_b:c.d"),
        ("/\n", r"\x0a"),
        ("/mnt/ü", r"mnt-\xc3\xbc"),
        ("/mnt/\udcff", r"mnt-\xff"),
    ],
)
def test_the_unit_is_named_as_systemd_names_it(path: str, expected: str) -> None:
    """Expected: what ``systemd-escape --path`` of systemd 252 prints."""
    assert systemd.escape_path(path) == expected
    assert systemd.mount_unit(path) == expected + ".mount"


@pytest.mark.parametrize("path", ["", "mnt", "/..", "/a/../b", "/a/.."])
def test_a_path_that_no_unit_can_stand_for_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="absolute path without"):
        systemd.escape_path(path)


@given(st.lists(NAMES.filter(lambda name: name not in (".", "..")), min_size=1, max_size=4))
def test_two_paths_never_share_a_unit(parts: list[str]) -> None:
    name = systemd.escape_path("/" + "/".join(parts))
    assert re.fullmatch(r"[A-Za-z0-9:_.\\-]+", name)
    back = re.sub(rb"\\x(..)", lambda match: bytes([int(match[1], 16)]), name.replace("-", "/").encode())
    assert back.decode() == "/".join(parts)


def test_a_name_too_long_for_systemd_is_refused() -> None:
    assert len(systemd.mount_unit("/" + "a" * 249)) == 255
    with pytest.raises(ValueError, match="256 characters"):
        systemd.mount_unit("/" + "a" * 250)


def test_systemd_runs_where_its_directory_is(tmp_path: Path) -> None:
    assert systemd.running(str(tmp_path))
    assert not systemd.running(str(tmp_path / "missing"))


def reload(*codes: int) -> tuple[Completed, list[tuple[Sequence[str], float]]]:
    """What comes of a reload whose commands end with ``codes``, and the commands."""
    calls: list[tuple[Sequence[str], float]] = []

    def run(argv: Sequence[str], timeout: float) -> Completed:
        calls.append((argv, timeout))
        return Completed(tuple(argv), codes[len(calls) - 1], "", "Access denied\n", 0.1)

    return systemd.daemon_reload(run), calls


def test_systemd_is_told_to_reload_and_not_waited_for() -> None:
    done, [(argv, _timeout)] = reload(0)
    assert done.ok
    assert argv[:3] == ("busctl", "call", "--expect-reply=no")
    assert argv[-1] == "Reload"


@pytest.mark.parametrize("code", [0, 1])
def test_without_a_system_bus_it_is_waited_for_and_a_failure_is_no_exception(code: int) -> None:
    done, [_told, (argv, timeout)] = reload(127, code)
    assert (done.ok, done.why()) == (not code, "Access denied")
    assert list(argv) == ["systemctl", "daemon-reload"]
    assert 10 <= timeout <= 120
