#!/usr/bin/python
# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Ansible module that reports GlusterFS volumes."""

from __future__ import annotations

DOCUMENTATION = r"""
module: volume_info
short_description: Facts of GlusterFS volumes
version_added: 0.1.0
description:
  - Reports volumes, their bricks and options, and whether the bricks are online, as a member of the pool sees them.
author:
  - The evenkeel.glusterfs authors (@evenkeel)
extends_documentation_fragment:
  - evenkeel.glusterfs.attributes
  - evenkeel.glusterfs.attributes.info
requirements:
  - The server of GlusterFS 10 or newer. Package C(glusterfs-server).
  - Root.
options:
  name:
    description: The volume to report. All are if this is not said.
    type: str
  status:
    description:
      - Whether the bricks of started volumes are asked too, which takes one more command.
    type: bool
    default: true
  clients:
    description:
      - Whether the bricks of started volumes are asked for their clients, which takes one more command.
    type: bool
    default: false
seealso:
  - module: evenkeel.glusterfs.volume
  - module: evenkeel.glusterfs.server_info
"""

EXAMPLES = r"""
- name: All volumes
  evenkeel.glusterfs.volume_info:
  register: gluster

- name: Wait until every client has come to every brick
  evenkeel.glusterfs.volume_info:
    name: web
    clients: true
  register: gluster
  until: gluster.volumes.web.bricks | rejectattr('missing_clients', 'eq', []) | length == 0
  retries: 12
  delay: 5

- name: Stop unless all bricks of the web volume are online
  ansible.builtin.assert:
    that: gluster.volumes.web.bricks | rejectattr('online') | length == 0
"""

RETURN = r"""
volumes:
  description: By name, each volume as RV(evenkeel.glusterfs.volume#module:volume) describes it, with more about its bricks. Empty if O(name) is not there.
  returned: success
  type: dict
  contains:
    bricks:
      description:
        - As in RV(evenkeel.glusterfs.volume#module:volume.bricks), and what follows. With O(status=false) that is left out, and where the volume is
          not started all is null but C(online), which is false.
      type: list
      elements: dict
      contains:
        online:
          description: Whether its process runs.
          type: bool
        port:
          description: TCP port of its process, null if it does not run.
          type: int
          sample: 52671
        pid:
          description: Its process on its host, null if it does not run.
          type: int
          sample: 2456
        bytes_free:
          description: Free bytes of its file system, null if its process does not run.
          type: int
        bytes_total:
          description: Bytes of its file system.
          type: int
        inodes_free:
          description: Free inodes of its file system.
          type: int
        inodes_total:
          description: Inodes of its file system.
          type: int
        clients:
          description:
            - With O(clients=true), the addresses of the hosts whose clients are connected to it, sorted, each once. Servers are among them, whose
              self-heal daemons are clients too. Null if its process does not run.
          type: list
          elements: str
          sample: [192.0.2.11, 192.0.2.12]
        missing_clients:
          description:
            - With O(clients=true), which of the addresses in RV(volumes.bricks[].clients) of the volume's other bricks it has not. Loopback is left out, and on
              a brick the addresses of its own host, whose clients may come to it by loopback. Null if its process does not run.
          type: list
          elements: str
          sample: [192.0.2.31]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import failure
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.cli import Cli
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.local_host import LocalHost
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import volume_info


def main() -> None:
    """Read the arguments, ask, report."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str"},
            "status": {"type": "bool", "default": True},
            "clients": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    cli = Cli()
    with failure.reported(module.fail_json, cli):
        volumes = volume_info.volumes(
            cli, module.params["name"], LocalHost(), status=module.params["status"], clients=module.params["clients"]
        )
    module.exit_json(changed=False, volumes=volumes)


if __name__ == "__main__":
    main()
