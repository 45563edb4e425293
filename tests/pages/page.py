# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A page of the documentation as its reader takes it: sections, the files and commands in them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Iterator, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "roles").glob("*/README.md")))
FIRST_HOUR = ROOT / "docs/first-hour.md"

_BLOCK = re.compile(r"^ *```(?P<language>\w*)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)
_PROMPT = re.compile(r"^root@(?P<host>[\w-]+):~# (?P<command>.+)$", re.MULTILINE)
_CONTINUED = re.compile(r" *\\\n *")


class Block(NamedTuple):
    """What stands between two fences. language: what the first one says, as ``yaml``."""

    language: str
    text: str

    @property
    def file(self) -> str:
        """The file that its first line names; nothing where it is none."""
        named = re.match(r"# ([\w/-]+\.(?:yml|cfg))\n", self.text)
        return named[1] if named else ""

    @property
    def commands(self) -> list[list[str]]:
        """What is typed on the controller: each line of a block for a shell, comments left out."""
        lines = _CONTINUED.sub(" ", self.text).splitlines() if self.language in ("sh", "") else []
        argvs = [shlex.split(line, comments=True) for line in lines if re.match(r" *(ansible|\.\.\.)", line)]
        return [argv for argv in argvs if argv]

    @property
    def prompts(self) -> list[tuple[str, list[str]]]:
        """What is typed on hosts, as root: which one, and what."""
        return [(found["host"], shlex.split(found["command"])) for found in _PROMPT.finditer(self.text)]


def blocks(text: str) -> list[Block]:
    """All fenced blocks of a page."""
    return [Block(found["language"], found["text"]) for found in _BLOCK.finditer(text)]


def sections(text: str) -> dict[str, list[Block]]:
    """The blocks below each heading of the second level, by its words."""
    parts = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)
    return {title: blocks(body) for title, body in zip(parts[1::2], parts[2::2])}


def merged(before: str, block: str) -> str:
    """A file of variables after its reader has put a block into it: a variable that was there is replaced, comments go with what they stand above."""
    variables = dict(_variables(before))
    variables.update(_variables(block))
    return "".join(variables.values())


def _variables(text: str) -> Iterator[tuple[str, str]]:
    lines = re.findall(r"(?m)^((?:#.*\n)*(\w+):.*\n(?:[ \n].*\n?|\n)*)", text)
    for part, name in lines:
        yield name, part
