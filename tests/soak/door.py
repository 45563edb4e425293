# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs on a node: what the mount module does, without Ansible around it, a second cheaper. Takes the module's arguments, prints its result."""

from __future__ import annotations

import json
import sys

from ansible_collections.evenkeel.glusterfs.plugins.module_utils import _mount_point
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._failover import mount

DEFAULTS = {
    "volume": None,
    "subdir": "",
    "servers": None,
    "order": "random",
    "prefer": [],
    "opts": [],
    "state": "mounted",
    "remount": False,
    "fstab": "native",
    "fstab_file": "/etc/fstab",
    "boot": True,
    "require": "writable",
    "guard": True,
    "timeout_probe": 3.0,
    "timeout_try": 30.0,
    "timeout_total": 120.0,
}


def main():
    arguments = _mount_point.check({**DEFAULTS, **json.loads(sys.argv[1])})
    try:
        result = _mount_point.ensure(arguments, mount.Node(), check=False)
        print(json.dumps({"failed": False, "changed": result.changed, **result.values}))
    except mount.MountError as error:
        print(json.dumps({"failed": True, "msg": str(error)}))


main()
