#!/usr/bin/python
# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Ansible module that sets options of the whole pool."""

from __future__ import annotations

DOCUMENTATION = r"""
module: pool_options
short_description: Set options of the whole trusted pool of GlusterFS
version_added: 0.1.0
description:
  - Sets and resets the options that hold for the pool and all its volumes, those of C(gluster volume set all), C(cluster.op-version) among them.
  - Runs on one member of the pool, so give the task C(run_once).
author:
  - The evenkeel.glusterfs authors (@evenkeel)
extends_documentation_fragment:
  - evenkeel.glusterfs.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - What an option that is reset becomes is not foreseen in check mode.
  idempotent:
    support: full
  platform:
    support: full
    platforms: posix
    details:
      - Linux.
requirements:
  - The server of GlusterFS 10 or newer. Package C(glusterfs-server).
  - Root.
options:
  options:
    description:
      - Options by their whole names, with values of any type. C(null) resets an option to its default. Options that are not named stay as they are.
      - C(cluster.op-version) may be C(max), the highest that all members know. It never goes down, and clients older than it can no longer mount.
    type: dict
notes:
  - gluster takes several options in one command, sets the first of them and reports success. This module takes a command for each, and reads what came of it.
seealso:
  - module: evenkeel.glusterfs.volume
    description: Sets options of one volume.
"""

EXAMPLES = r"""
- name: Servers without the majority of the pool stop their bricks
  evenkeel.glusterfs.pool_options:
    options:
      cluster.server-quorum-ratio: 51
      cluster.daemon-log-level: null
  run_once: true

- name: Let volumes use what the newest release has, after all servers and clients were upgraded
  evenkeel.glusterfs.pool_options:
    options:
      cluster.op-version: max
  run_once: true

- name: Read them all
  evenkeel.glusterfs.pool_options:
  register: pool
  run_once: true
"""

RETURN = r"""
options:
  description: All options of the pool with their values in gluster's words. In check mode as they would be.
  returned: success
  type: dict
  sample: {"cluster.op-version": "100000", "cluster.max-op-version": "110000", "cluster.brick-multiplex": "disable"}
commands:
  description:
    - The commands that changed something, as they were run. A command that was refused is among them.
    - Where the module fails, C(changed) tells whether one of them was carried out, or may have been in part.
  returned: always
  type: list
  elements: str
  sample: ["gluster --mode=script --xml volume set all cluster.op-version 110000"]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import failure
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.cli import Cli
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import pool_options


def main() -> None:
    """Read the arguments, ensure the options, report."""
    module = AnsibleModule(
        argument_spec={"options": {"type": "dict"}},
        supports_check_mode=True,
    )
    cli = Cli()
    with failure.reported(module.fail_json, cli):
        result = pool_options.ensure(module.params["options"] or {}, cli, check_mode=module.check_mode)
    diff = {"before": _lines(result.before), "after": _lines(result.after)}
    shown = {"diff": diff} if module._diff else {}
    module.exit_json(changed=result.changed, options=result.after, commands=cli.commands, **shown)


def _lines(options: dict[str, str]) -> str:
    return "".join(f"{name}: {value}\n" for name, value in sorted(options.items()))


if __name__ == "__main__":
    main()
