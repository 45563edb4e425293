#!/usr/bin/python
# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Ansible module that tells of every GlusterFS mount of a node."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mount_info
short_description: Tell of every GlusterFS mount of a node what it is and whether it is well
version_added: 0.1.0
description:
  - Looks at every GlusterFS mount of the node, whatever made it, and tells its volume, the server in use, the bricks connected and its state.
  - Each look takes five seconds at most, and one for the names of servers, also where a mount hangs. Eight mounts are looked at at the same time.
  - The server that a client is connected to is asked whether it describes the volume as the client has it. Where something is amiss, the other servers are
    asked too, each for two seconds at most, and the mounts concerned are looked at again for eight seconds.
author:
  - The evenkeel.glusterfs authors (@evenkeel)
extends_documentation_fragment:
  - evenkeel.glusterfs.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details:
      - Changes nothing.
  idempotent:
    support: full
  platform:
    support: full
    platforms: posix
    details:
      - Linux with FUSE.
requirements:
  - Root, since only root sees the connections of another user's process.
options:
  paths:
    description:
      - The mount points to look at, absolute paths. One where nothing is mounted is told with RV(mounts[].state=absent).
      - All GlusterFS mounts if empty.
    type: list
    elements: path
seealso:
  - module: evenkeel.glusterfs.mount
  - module: evenkeel.glusterfs.server_info
"""

EXAMPLES = r"""
- name: Look at the GlusterFS mounts
  evenkeel.glusterfs.mount_info:
  register: mounts

- name: Stop where one of them is not well
  ansible.builtin.assert:
    that: mounts.mounts | rejectattr('state', 'equalto', 'healthy') | length == 0
"""

RETURN = r"""
mounts:
  description: The mounts, in the order of O(paths), else in the order in which they were made.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The mount point.
      type: str
      sample: /srv/web
    state:
      description:
        - V(healthy), it answers and every brick is connected.
        - V(degraded), some bricks are not connected, all files can be written; or what the mount shows of its bricks is nonsense, see RV(mounts[].why).
        - V(read-only), some files cannot be written or are missing, since bricks are not connected.
        - V(stale), it answers, but its client does not hear from its servers what becomes of the volume and its bricks, see RV(mounts[].stale).
        - V(dead), it answers with an error alone, since its client is gone, or reaches no brick, or less copies than the quorum. V(hung), it gave no answer.
        - V(absent), nothing is mounted. V(foreign), another file system is.
        - V(bind), a mount that is there elsewhere, or a directory of it, is bound to this place. How it is, the mount itself tells.
      type: str
      sample: healthy
    volume:
      description: The volume mounted, null if nothing is.
      type: str
      sample: web
    subdir:
      description: The directory of the volume mounted, null for its root.
      type: str
    why:
      description: Why it could not be looked at, or why what it shows of its bricks cannot be believed. Null where neither is so.
      type: str
    bind_of:
      description:
        - Where the state is V(bind), the mount point that is bound to this place, or the directory below it.
        - Null where that is not mounted any more, and for anything else.
      type: str
      sample: /srv/web/app
    source:
      description: The mount's source as C(findmnt) shows it, null if nothing is mounted. The servers in it need not be those in use.
      type: str
      sample: gfs1,gfs2,gfs3:/web
    server:
      description: The server that the client's management connection goes to, by the name the client was given where it has one, else by its address.
      type: str
      sample: gfs2
    pid:
      description: Process id of the client, null if it has none.
      type: int
      sample: 4711
    via:
      description: Whether the client runs on the C(host) or in a C(container), null if it has none.
      type: str
      sample: host
    outdated:
      description: Whether the client, of the host, runs a program that an upgrade of its package has replaced.
      type: bool
    stale:
      description:
        - Why the client of a mount in state V(stale) does not hear from its servers what becomes of the volume, though a server answers; else null.
        - Such a client does not see bricks that are added or replaced or have moved, and what it makes is missing there. C(gluster-failover heal) and
          M(evenkeel.glusterfs.mount) mount it anew where nobody uses it.
      type: dict
      contains:
        reason:
          description:
            - V(disconnected), it is connected to no server that has the volume. V(silent), the server that it is connected to does not answer.
            - V(graph), it has other bricks than most of the servers say. V(brick), it does not come back to a brick that answers.
          type: str
          sample: disconnected
        detail:
          description: One line for a person.
          type: str
          sample: its client has no connection to any glusterd, though gfs1, gfs2 answer
    bricks:
      description: The bricks of the volume and whether the client is connected to each.
      type: list
      elements: dict
      contains:
        host:
          description: Host of the brick.
          type: str
          sample: gfs1
        path:
          description: Directory of the brick.
          type: str
          sample: /bricks/web
        connected:
          description: Whether the client is connected to it.
          type: bool
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import tls
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.network import Network
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import mount_info
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount.model import Node


def main() -> None:
    """Read the arguments, look, report."""
    module = AnsibleModule(argument_spec={"paths": {"type": "list", "elements": "path"}}, supports_check_mode=True)
    try:
        node = _node()
        mounts = mount_info.rows(module.params["paths"] or [], node)
    except (ValueError, OSError) as error:
        module.fail_json(msg=str(error))
    for warning in sorted(node.run.unread):
        module.warn(warning)
    module.exit_json(changed=False, mounts=mounts)


def _node() -> Node:
    """This node, its servers asked as its clients ask them; where the certificates cannot be used, servers with TLS will not answer."""
    try:
        return Node.here(Network.secured(tls.here()))
    except ValueError:
        return Node.here()


if __name__ == "__main__":
    main()
