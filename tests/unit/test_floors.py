# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The packages of module_utils stand on floors: one imports itself and those above it in FLOORS, nothing else of the collection."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Iterator

import pytest

FLOORS = ("_host", "_gluster", "_mount", "_cluster", "_kubernetes", "_helper", "_container", "_module")
ROOT = Path(__file__).parents[2] / "plugins/module_utils"
FILES = sorted(ROOT.rglob("*.py"))


def imported(file: Path) -> Iterator[tuple[int, str]]:
    """Line and package of every import from module_utils, wherever in the file it stands: in a function and under TYPE_CHECKING too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 2:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            yield from ((node.lineno, name.split(".")[0]) for name in names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and "module_utils." in f"{node.module}.":
            yield node.lineno, str(node.module).partition("module_utils.")[2].split(".")[0]


def test_every_package_has_its_floor_and_no_file_stands_outside():
    assert {file.relative_to(ROOT).parts[0] for file in FILES} == set(FLOORS)


def test_contributors_read_of_every_floor_in_its_order():
    table = (ROOT.parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("### The floors")[2]
    rows = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `_")]
    assert rows == list(FLOORS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_imports_from_its_own_floor_and_from_those_above(file):
    above = FLOORS[: FLOORS.index(file.relative_to(ROOT).parts[0])]
    wrong = [f"line {line}: {package}" for line, package in imported(file) if package not in above]
    assert not wrong, f"{file.relative_to(ROOT)} imports what stands below it or outside: {wrong}; see CONTRIBUTING.md"


def test_no_package_imports_itself_in_a_circle():
    imports = {}
    for file in FILES:
        package, tree = file.parent, ast.parse(file.read_text(encoding="utf-8"))
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level == 1]
        names = [name for node in nodes for name in ([node.module] if node.module else [a.name for a in node.names])]
        imports[file] = {package / f"{name}.py" for name in names}
    while free := {file for file, needed in imports.items() if not needed & set(imports)}:
        imports = {file: needed for file, needed in imports.items() if file not in free}
    assert not imports, (
        f"these import each other in a circle: {sorted(str(file.relative_to(ROOT)) for file in imports)}"
    )
