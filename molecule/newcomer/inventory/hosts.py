#!/usr/bin/env python
# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts as containers of this machine, for who starts and ends them. The newcomer has an inventory of their own."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

root = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(root / "tests/pages"))
import fleet  # noqa: E402

drawn = fleet.from_environment()
prefix = os.environ["EVENKEEL_PREFIX"]
controller = f"{root}/.cache/controller:/opt/controller:ro"
# Nobody asks for passwords here. Without these two units a host takes less of the kernel's 128 watches (fs.inotify.max_user_instances).
unwatched = [f"/dev/null:/etc/systemd/system/systemd-ask-password-{unit}.path:ro" for unit in ("console", "wall")]
hosts = {
    machine.name: {
        "ansible_host": f"{prefix}{machine.page}",
        "lab_image": os.environ[f"EVENKEEL_BLANK_IMAGE_{machine.debian}"],
        "lab_volumes": unwatched + ([controller] if machine.page == fleet.CONTROLLER else []),
    }
    for machine in drawn.machines
}
every = {
    "ansible_connection": "containers.podman.podman",
    "ansible_python_interpreter": "/usr/bin/python3",
    "ansible_become": False,
    "lab_network": f"{prefix}network",
    "lab_subnet": drawn.network,
    "lab_privileged": False,
    "lab_devices": ["/dev/fuse"],
    "lab_capabilities": ["AUDIT_WRITE", "LINUX_IMMUTABLE", "NET_ADMIN", "SYS_ADMIN"],
}
print(
    json.dumps(
        {
            "lab": {"hosts": list(hosts), "vars": every},
            "controllers": {"hosts": [drawn.machine(fleet.CONTROLLER).name]},
            "servers": {"hosts": [drawn.machine(page).name for page in fleet.SERVERS]},
            "clients": {"hosts": [drawn.machine(page).name for page in fleet.CLIENTS]},
            "_meta": {"hostvars": hosts},
        }
    )
)
