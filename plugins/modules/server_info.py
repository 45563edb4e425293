#!/usr/bin/python
# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Ansible module that asks Gluster servers what they say about volumes, as this node sees them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: server_info
short_description: Ask Gluster servers about volumes, as this node sees them
version_added: 0.1.0
description:
  - Asks each server for each volume's description, just as a client does before it mounts, and reports what came back and how fast.
  - Asks the hosts of each volume's bricks whether the bricks are up.
  - Needs no privilege, no GlusterFS package and no login on the servers. All questions are asked at once, each within O(timeout).
  - A server that does not answer is a result and no failure of the module.
author:
  - The evenkeel.glusterfs authors (@evenkeel)
extends_documentation_fragment:
  - evenkeel.glusterfs.attributes
  - evenkeel.glusterfs.attributes.info
  - evenkeel.glusterfs.tls
options:
  servers:
    description: The servers to ask, as C(host), C(host:port) or an address.
    type: list
    elements: str
    required: true
  volumes:
    description: Names of the volumes to ask about.
    type: list
    elements: str
    required: true
  bricks:
    description: Whether to ask for the state of the bricks too.
    type: bool
    default: true
  timeout:
    description: Seconds that one server or one brick gets to answer, resolution of its name included.
    type: float
    default: 3
seealso:
  - module: evenkeel.glusterfs.mount
"""

EXAMPLES = r"""
- name: Ask three servers for a volume, as this node sees them
  evenkeel.glusterfs.server_info:
    servers: [gfs1, gfs2, gfs3]
    volumes: [web]
  register: seen

- name: Stop unless every server serves the volume with all of its bricks up
  ansible.builtin.assert:
    that:
      - seen.servers | rejectattr('volumes.web.served') | length == 0
      - seen.servers | map(attribute='volumes.web.bricks') | flatten | rejectattr('state', 'eq', 'up') | length == 0

- name: Which servers can be reached, whatever they serve
  ansible.builtin.debug:
    msg: "{{ seen.servers | selectattr('reachable') | map(attribute='server') }}"
"""

RETURN = r"""
servers:
  description: One entry for each server, in the order given.
  returned: success
  type: list
  elements: dict
  contains:
    server:
      description: The server asked.
      type: str
      sample: gfs1
    reachable:
      description: Whether a glusterd answered there, whatever it said.
      type: bool
    address:
      description: The IP address that answered, null if no volume is served.
      type: str
      sample: 192.0.2.11
    volumes:
      description: By name of the volume, what the server says about it.
      type: dict
      contains:
        served:
          description: Whether the server serves the volume to clients. It says so of a stopped volume too; see RV(servers[].volumes.bricks).
          type: bool
        outcome:
          description: How the question ended, in the words of RV(evenkeel.glusterfs.mount#module:attempts[].outcome).
          type: str
          sample: ok
        step:
          description: How far it came, one of C(resolve), C(connect) and C(getspec).
          type: str
          sample: getspec
        detail:
          description: More for a person.
          type: str
        milliseconds:
          description: How long the answer took.
          type: float
          sample: 1.9
        peers:
          description: Servers of the volume that this one considers connected. Empty if it does not say.
          type: list
          elements: str
          sample: [gfs1, gfs2, gfs3]
        bricks:
          description: The volume's bricks. Empty if the volume is not served or O(bricks=false).
          type: list
          elements: dict
          contains:
            host:
              description: Host of the brick.
              type: str
            path:
              description: Directory of the brick.
              type: str
            state:
              description: C(up), C(down) or C(unknown).
              type: str
            detail:
              description: Why it is not up.
              type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.network import Network
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import server_info, tls_arguments


def main() -> None:
    """Read the arguments, ask, report."""
    module = AnsibleModule(
        argument_spec={
            "servers": {"type": "list", "elements": "str", "required": True},
            "volumes": {"type": "list", "elements": "str", "required": True},
            "bricks": {"type": "bool", "default": True},
            "timeout": {"type": "float", "default": 3},
            **tls_arguments.ARGUMENTS,
        },
        supports_check_mode=True,
    )
    try:
        question = server_info.check(module.params)
        network = Network.secured(tls_arguments.context(module.params))
    except ValueError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, servers=server_info.ask(question, network))


if __name__ == "__main__":
    main()
