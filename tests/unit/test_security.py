# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What docs/security.md states is so."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()


def test_the_defaults_are_those_that_the_page_names():
    defaults = {}
    for path in ROOT.glob("roles/*/meta/argument_specs.yml"):
        options = yaml.safe_load(path.read_text())["argument_specs"]["main"]["options"]
        defaults.update({name: option.get("default") for name, option in options.items()})
    named = dict(re.findall(r"^\| `(gluster_\w+)` \| `([^`]*)` \|", PAGE, re.MULTILINE))
    assert len(named) >= 6
    assert {name: yaml.safe_load(value) for name, value in named.items()} == {name: defaults[name] for name in named}


def test_each_test_that_the_page_names_is_there():
    there = set()
    for folder in ("tests", "molecule"):
        for path in (ROOT / folder).rglob("test_*.py"):
            there.update(re.findall(r"def (test_\w+)", path.read_text()))
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert named
    assert named <= there
