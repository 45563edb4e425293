#!/usr/bin/python
# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Ansible module that reports what waits to be healed."""

from __future__ import annotations

DOCUMENTATION = r"""
module: heal_info
short_description: What of a GlusterFS volume waits to be healed
version_added: 0.1.0
description:
  - Reports by brick how many entries wait to be healed and how many are in split-brain, and which, as a member of the pool sees them.
  - A brick that cannot be asked has no counts. It is never taken for one with nothing to heal.
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
    description: The volume, which must be started and have copies or be dispersed.
    type: str
    required: true
  entries:
    description:
      - Whether the entries are listed, which takes one more command for all and one for those in split-brain. It takes long where many wait.
    type: bool
    default: false
  wait:
    description:
      - Seconds for which the answer waits until nothing is left to heal. The answer tells whether that came true.
      - It ends early where nothing heals, since the volume turns its self-heal daemons off, or one did not run for a minute.
      - The self-heal daemons are called meanwhile. By themselves they look once when a brick comes up, and then every C(cluster.heal-timeout), 600 seconds.
    type: float
    default: 0
seealso:
  - module: evenkeel.glusterfs.volume_info
"""

EXAMPLES = r"""
- name: Wait until nothing is left to heal
  evenkeel.glusterfs.heal_info:
    name: web
    wait: 600
  register: heal
  failed_when: not heal.healed

- name: List what is in split-brain
  evenkeel.glusterfs.heal_info:
    name: web
    entries: true
  register: heal

- name: Show it
  ansible.builtin.debug:
    var: heal.split_brain_entries
"""

RETURN = r"""
healed:
  description: Whether all bricks are connected and have nothing to heal.
  returned: success
  type: bool
total:
  description: Entries to heal, added up over the bricks that could be asked. One that several bricks tell of is counted for each.
  returned: success
  type: int
  sample: 0
split_brain:
  description: How many of them are in split-brain, added up in the same way.
  returned: success
  type: int
  sample: 0
disconnected:
  description: The bricks that could not be asked.
  returned: success
  type: list
  elements: str
  sample: ["gfs2:/bricks/one/web"]
bricks:
  description: Each brick's own account.
  returned: success
  type: list
  elements: dict
  contains:
    brick:
      description: Host and path.
      type: str
      sample: gfs1:/bricks/one/web
    host_uuid:
      description: UUID of its host.
      type: str
    connected:
      description: Whether it could be asked.
      type: bool
    status:
      description: The same in the words of gluster.
      type: str
      sample: Connected
    total:
      description: Entries to heal, null if it could not be asked.
      type: int
    pending:
      description: How many of them wait.
      type: int
    split_brain:
      description: How many of them are in split-brain.
      type: int
    healing:
      description: How many of them may be being healed.
      type: int
    entries:
      description: The entries, empty without O(entries).
      type: list
      elements: dict
      contains:
        gfid:
          description: The entry's GFID.
          type: str
          sample: 978d1e74-2e3d-40f5-b4b8-051d95c95408
        path:
          description: Its path from the root of the volume, null if the brick knows the GFID only.
          type: str
          sample: /d/a b
split_brain_entries:
  description: Entries in split-brain, each once.
  returned: O(entries=true)
  type: list
  elements: dict
  contains:
    gfid:
      description: The entry's GFID.
      type: str
    path:
      description: Its path from the root of the volume, null if only the GFID is known.
      type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import failure
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.cli import Cli
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import heal_info


def main() -> None:
    """Read the arguments, ask, report."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "entries": {"type": "bool", "default": False},
            "wait": {"type": "float", "default": 0},
        },
        supports_check_mode=True,
    )
    cli = Cli()
    with failure.reported(module.fail_json, cli):
        found = heal_info.ask(cli, module.params["name"], entries=module.params["entries"], wait=module.params["wait"])
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
