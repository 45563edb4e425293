#!/usr/bin/python
# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Ansible module that manages the trusted pool of GlusterFS."""

from __future__ import annotations

DOCUMENTATION = r"""
module: trusted_pool
short_description: Add hosts to the trusted pool of GlusterFS and remove them
version_added: 0.1.0
description:
  - Makes hosts members of the trusted pool of the host it runs on, or removes them from it.
  - Waits until each of O(hosts) is connected and C(Peer in Cluster), and until they and the host it runs on see the same pool. Only then can volumes be
    made on them. With O(state=absent), until all members that are up see the same pool. Other members may be down, and RV(peers) tells which are.
  - Takes hosts for what their own glusterd says of itself, its UUID, and not for their names. Two hosts of one UUID, as where a machine was copied, are
    refused before anything is changed, and so is a host that is to be added and gives no answer.
  - Runs on one member of the pool, so give the task C(run_once).
author:
  - The evenkeel.glusterfs authors (@evenkeel)
extends_documentation_fragment:
  - evenkeel.glusterfs.attributes
attributes:
  check_mode:
    support: full
    details:
      - Does not wait.
  diff_mode:
    support: full
    details:
      - Shows the members by their first name.
  idempotent:
    support: full
  platform:
    support: full
    platforms: posix
    details:
      - Linux.
requirements:
  - The server of GlusterFS 10 or newer, running on all hosts. Package C(glusterfs-server).
  - Root.
options:
  hosts:
    description:
      - Hosts of the pool, by the names or addresses by which all of them reach each other. The host that the task runs on may be among them.
      - A member that is named here by another name than it is known by is made known by that name too.
      - The host that the task runs on is the one of whose interfaces one has the address, or that has a loopback address. That is how glusterd finds it.
    type: list
    elements: str
    required: true
  state:
    description:
      - V(present), all of O(hosts) are members. Those that are missing are probed.
      - V(absent), none of O(hosts) is a member. One that is none already is no change.
    type: str
    choices: [present, absent]
    default: present
  exclusive:
    description:
      - Whether O(hosts) is the whole pool, so that other members are detached. The host that the task runs on must then be in O(hosts).
      - A member that holds bricks is never detached. The run ends before anything is changed.
      - Each of O(hosts) must then be another host, since what is not among them is removed.
    type: bool
    default: false
  force:
    description:
      - Whether a member that is down, and holds no bricks, may be detached. It does not learn of it, so use this for one that is gone for good.
    type: bool
    default: false
  timeout:
    description: Seconds for each wait, that for one new member and that for the same pool to be seen.
    type: float
    default: 60
notes:
  - The first host of a pool is known to the others by its address, since nobody has probed it by name. RV(unnamed) says so. Run the same task on a second
    host, and all of them know it by name too. RV(by_address) tells who still knows it by its address first; the role puts the name first.
seealso:
  - module: evenkeel.glusterfs.server_info
"""

EXAMPLES = r"""
- name: Three hosts and no other are the pool
  evenkeel.glusterfs.trusted_pool:
    hosts: "{{ groups['gluster_servers'] }}"
    exclusive: true
  run_once: true

- name: The first host is known to the others by its name too
  evenkeel.glusterfs.trusted_pool:
    hosts: "{{ groups['gluster_servers'] }}"
  delegate_to: "{{ groups['gluster_servers'][1] }}"
  run_once: true

- name: Add a host
  evenkeel.glusterfs.trusted_pool:
    hosts: [gfs4]
  run_once: true

- name: Remove a host that is gone for good and holds no bricks any more
  evenkeel.glusterfs.trusted_pool:
    hosts: [gfs2]
    state: absent
    force: true
  run_once: true
"""

RETURN = r"""
peers:
  description: The members of the pool, as the host sees them that the task ran on. In check mode as they are before the change.
  returned: success
  type: list
  elements: dict
  contains:
    uuid:
      description: The member's UUID.
      type: str
      sample: 490863b4-352c-47b6-b863-8b8f9417dffe
    host:
      description: The name by which glusterd comes back to it, that of its first probe, C(localhost) for the host that the task ran on.
      type: str
      sample: gfs2
    names:
      description: All its names.
      type: list
      elements: str
      sample: [gfs2, 192.0.2.12]
    connected:
      description: Whether it is connected.
      type: bool
    state:
      description: Its state in the words of glusterd.
      type: str
      sample: Peer in Cluster
unnamed:
  description: Which members know which of O(hosts) by another name only. Empty in check mode.
  returned: success
  type: list
  elements: dict
  contains:
    peer:
      description: The member that does not know the name.
      type: str
      sample: gfs2
    host:
      description: The name.
      type: str
      sample: gfs1
    known_as:
      description: What it knows in its place.
      type: str
      sample: 192.0.2.11
by_address:
  description:
    - Which members know which of O(hosts) by an address first, and by the name as well. glusterd comes back to a host by the first one alone, so that a host
      that gets another address is lost to these. Empty in check mode.
  returned: success
  type: list
  elements: dict
  contains:
    peer:
      description: The member.
      type: str
      sample: gfs2
    host:
      description: The name.
      type: str
      sample: gfs1
    known_as:
      description: The address that stands before it.
      type: str
      sample: 192.0.2.11
commands:
  description:
    - The commands that changed something, as they were run. A command that was refused is among them.
    - Where the module fails, C(changed) tells whether one of them was carried out, or may have been in part.
  returned: always
  type: list
  elements: str
  sample: ["gluster --mode=script --xml peer probe gfs2"]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import failure, pool_arguments
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.cli import Cli
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.resolver import Resolver
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import trusted_pool


def main() -> None:
    """Read the arguments, ensure the pool, report."""
    module = AnsibleModule(
        argument_spec={
            "hosts": {"type": "list", "elements": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "exclusive": {"type": "bool", "default": False},
            "force": {"type": "bool", "default": False},
            "timeout": {"type": "float", "default": 60},
        },
        supports_check_mode=True,
    )
    cli = Cli()
    with failure.reported(module.fail_json, cli):
        result = trusted_pool.ensure(pool_arguments.check(module.params), cli, Resolver(), check_mode=module.check_mode)
    diff = {"before": "\n".join(result.before) + "\n", "after": "\n".join(result.after) + "\n"}
    module.exit_json(changed=result.changed, **result.values, **({"diff": diff} if module._diff else {}))


if __name__ == "__main__":
    main()
