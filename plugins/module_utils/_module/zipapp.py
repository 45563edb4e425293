# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine and what is around it as one file that Python runs: what is put on nodes, made from the code that is running."""

from __future__ import annotations

import io
import sys
import zipfile

from .._container import entrypoint
from .._helper import cli, mount_helper

NAME = "evenkeel_glusterfs"
"""The package in the file. All imports of the engine are relative, so it need not know its own name."""

ENTRIES = (cli, mount_helper, entrypoint)
"""What the file is for. Imported by name, since Ansible brings along what it finds imported so, and the file has what is imported."""

PACKAGES = ("_host", "_gluster", "_mount", "_helper", "_container")
"""What nodes keep. Modules for Ansible, pools and Kubernetes stay with the controller."""

_MAIN = f"""\
import os
import sys

from {NAME}._container import entrypoint
from {NAME}._helper import cli, mount_helper

MAINS = {{"mount.glusterfs_failover": mount_helper.main, "gluster-spc": entrypoint.main}}
sys.exit(MAINS.get(os.path.basename(sys.argv[0]), cli.main)(sys.argv[1:]))
"""
"""One file under three names: as mount.glusterfs_failover it is the helper, as gluster-spc what a container runs, under any other the command."""


def build(python: str) -> bytes:
    """The file, the same bytes for the same code. python: absolute path of the interpreter that runs it, with no regard for the environment."""
    base = __name__.rpartition("._module.")[0]
    sources = {"__main__.py": _MAIN, f"{NAME}/__init__.py": ""}
    for package in PACKAGES:
        for name in [name for name in sys.modules if f"{name}.".startswith(f"{base}.{package}.")]:
            sources[f"{NAME}/{_file(name, base)}"] = _source(name)
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_STORED) as archive:
        for name, text in sorted(sources.items()):
            archive.writestr(zipfile.ZipInfo(name), text.encode("utf-8"))
    return f"#!{python} -I\n".encode() + raw.getvalue()


def _file(name: str, base: str) -> str:
    path = name[len(base) + 1 :].replace(".", "/")
    return f"{path}/__init__.py" if hasattr(sys.modules[name], "__path__") else f"{path}.py"


def _source(name: str) -> str:
    loader = sys.modules[name].__spec__.loader  # type: ignore[union-attr]
    return str(loader.get_source(name) or "")  # type: ignore[union-attr]
