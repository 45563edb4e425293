#!/usr/bin/python
# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Ansible module that puts the mount helper on a node."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mount_helper
short_description: Put the failover mount on a node for fstab and boot
version_added: 0.1.0
description:
  - Puts C(mount.glusterfs_failover) on the node, which C(mount) and systemd start for lines of type C(glusterfs_failover) in fstab, and makes
    the same failover mount as M(evenkeel.glusterfs.mount).
  - Puts the command C(gluster-failover) beside it. C(gluster-failover status) tells how the mounts are, C(gluster-failover heal) mounts again
    what is dead, hung or missing, and C(gluster-failover why PATH) says which server a mount would use and what each of them answers.
  - Both are one file, C(/usr/local/lib/evenkeel.glusterfs/failover), which needs nothing but Python, and links to it in C(/sbin) and C(/usr/local/sbin).
author:
  - The evenkeel.glusterfs authors (@evenkeel)
extends_documentation_fragment:
  - evenkeel.glusterfs.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    support: full
    platforms: posix
    details:
      - Linux.
requirements:
  - Root.
options:
  state:
    description:
      - V(present), both are there in the version of this collection.
      - V(absent), neither is. That is refused while fstab has lines of type C(glusterfs_failover), which nothing could mount any more.
    type: str
    choices: [present, absent]
    default: present
  python:
    description:
      - The interpreter that they run by, Python 3.8 or newer. It must be there at boot before any of the mounts.
    type: path
    default: /usr/bin/python3
  file:
    description:
      - With O(state=present), put the file there and nothing else, and make no links. For an image, whose entry point is this file by the name
        C(gluster-spc).
    type: path
seealso:
  - module: evenkeel.glusterfs.mount
"""

EXAMPLES = r"""
- name: Put the mount helper on the node
  evenkeel.glusterfs.mount_helper:

- name: Mount by failover at each boot
  evenkeel.glusterfs.mount:
    path: /srv/web
    volume: web
    servers: [gfs1, gfs2, gfs3]
    fstab: failover
"""

RETURN = r"""
helper:
  description: What C(mount) starts.
  returned: success
  type: str
  sample: /sbin/mount.glusterfs_failover
command:
  description: The command.
  returned: success
  type: str
  sample: /usr/local/sbin/gluster-failover
steps:
  description: What was done, or would be done in check mode, in this order; where the module fails, before that.
  returned: always
  type: list
  elements: str
  sample: ["write /usr/local/lib/evenkeel.glusterfs/failover", "link /sbin/mount.glusterfs_failover"]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._helper import node_files
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import mount_helper


def main() -> None:
    """Read the arguments, put or remove, report."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "python": {"type": "path", "default": "/usr/bin/python3"},
            "file": {"type": "path"},
        },
        supports_check_mode=True,
    )
    places = mount_helper.Places()
    steps: list[str] = []
    try:
        if module.params["state"] == "present":
            python, file = module.params["python"], module.params["file"] or ""
            mount_helper.present(python, places, steps, check=module.check_mode, file=file)
        else:
            mount_helper.absent(places, steps, check=module.check_mode)
    except (ValueError, OSError) as error:
        module.fail_json(msg=str(error), changed=bool(steps) and not module.check_mode, steps=steps)
    module.exit_json(changed=bool(steps), steps=steps, helper=node_files.HELPER, command=node_files.COMMAND)


if __name__ == "__main__":
    main()
