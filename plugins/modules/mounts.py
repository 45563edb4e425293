#!/usr/bin/python
# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Ansible module that makes all GlusterFS mounts of a node at the same time."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mounts
short_description: Mount all GlusterFS volumes of a node in one task
version_added: 0.1.0
description:
  - Says what a node shall have mounted, as a whole. Each entry of O(mounts) takes what M(evenkeel.glusterfs.mount) takes and has its guarantees; what stands
    outside of the list holds for all entries that do not say it.
  - The mounts are made at the same time, so that all of them take as long as the slowest one. Those that lie on one another are made in order.
  - One that fails holds up no other. The task fails then, its message has one line for each that failed, and RV(mounts) has an entry for each.
  - With O(exclusive=true) what carries the same O(group) and is not listed any more is taken away.
author:
  - The evenkeel.glusterfs authors (@evenkeel)
extends_documentation_fragment:
  - evenkeel.glusterfs.attributes
  - evenkeel.glusterfs.attributes.mounting
  - evenkeel.glusterfs.tls
attributes:
  check_mode:
    support: full
    details:
      - Works also where no GlusterFS client is installed yet. Servers are asked only where a client lives, to see whether it hears from them.
  diff_mode:
    support: full
    details:
      - Shows the lines in fstab, or the units, of the mount points that change; other lines, which may hold passwords, are not shown.
options:
  mounts:
    description:
      - The mounts. Bad input in one of them, a key that it does not have included, is refused before anything is touched.
      - An entry that lies on another one is mounted after it, and not tried where that one fails and nothing is mounted there.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: The mount point, an absolute path. No two entries may have one, not by a symbolic link either.
        type: path
        required: true
      volume:
        description: In place of O(volume).
        type: str
      subdir:
        description: In place of O(subdir).
        type: str
      subdir_create:
        description: In place of O(subdir_create).
        type: bool
      subdir_owner:
        description: In place of O(subdir_owner).
        type: str
      subdir_group:
        description: In place of O(subdir_group).
        type: str
      subdir_mode:
        description: In place of O(subdir_mode).
        type: raw
      servers:
        description: In place of O(servers).
        type: list
        elements: str
      order:
        description: In place of O(order).
        type: str
        choices: [random, listed]
      prefer:
        description: In place of O(prefer).
        type: list
        elements: str
      opts:
        description: In place of O(opts).
        type: list
        elements: str
      state:
        description: In place of O(state). What shall be gone goes before anything is mounted.
        type: str
        choices: [mounted, present, unmounted, absent, absent_from_fstab, remounted]
      remount:
        description: In place of O(remount).
        type: bool
      fstab:
        description: In place of O(fstab).
        type: str
        choices: [native, failover, none]
      fstab_file:
        description: In place of O(fstab_file).
        type: path
      boot:
        description: In place of O(boot).
        type: bool
      require:
        description: In place of O(require).
        type: str
        choices: [writable, all, any]
      guard:
        description: In place of O(guard).
        type: bool
      timeout_probe:
        description: In place of O(timeout_probe).
        type: float
      timeout_try:
        description: In place of O(timeout_try).
        type: float
      timeout_total:
        description: In place of O(timeout_total).
        type: float
      patience:
        description: In place of O(patience).
        type: float
      via:
        description: In place of O(via).
        type: str
        choices: [host, container]
      image:
        description: In place of O(image).
        type: str
      tls:
        description: In place of O(tls).
        type: str
        choices: [auto, 'true', 'false']
      tls_certificate:
        description: In place of O(tls_certificate).
        type: path
      tls_key:
        description: In place of O(tls_key).
        type: path
      tls_ca:
        description: In place of O(tls_ca).
        type: path
  group:
    description:
      - The name of this list. It is written into the line in fstab of each mount, as C(x-failover.group), into the C(.mount) unit of one by a container, and
        kept below C(/run) for one with O(fstab=none).
      - A mount that is made by another task, or by another list, belongs to that from then on.
      - With it GlusterFS mounts that are in nobody's list are named in a warning.
    type: str
  exclusive:
    description:
      - Whether what carries O(group) and is not listed is taken away, its line or its units included. Needs O(group).
      - One in use stays as it is and is named in a warning and in RV(kept).
      - What carries another group or none, and what lies below C(/run/gluster) and C(/var/lib/kubelet), where others mount, is never taken away; nor is
        what other mount namespaces have.
      - The directory stays, and its guard, so that nothing is written there unseen.
    type: bool
    default: false
  volume:
    description: Name of the volume, for entries that do not say it.
    type: str
  subdir:
    description: Directory of the volume to mount in place of its root.
    type: str
  subdir_create:
    description: See O(evenkeel.glusterfs.mount#module:subdir_create).
    type: bool
    default: false
  subdir_owner:
    description: See O(evenkeel.glusterfs.mount#module:subdir_owner).
    type: str
  subdir_group:
    description: See O(evenkeel.glusterfs.mount#module:subdir_group).
    type: str
  subdir_mode:
    description: See O(evenkeel.glusterfs.mount#module:subdir_mode).
    type: raw
  servers:
    description: The servers that can be asked for the volumes, for entries that do not say them.
    type: list
    elements: str
  order:
    description: See O(evenkeel.glusterfs.mount#module:order).
    type: str
    choices: [random, listed]
    default: random
  prefer:
    description: See O(evenkeel.glusterfs.mount#module:prefer).
    type: list
    elements: str
  opts:
    description: See O(evenkeel.glusterfs.mount#module:opts).
    type: list
    elements: str
  state:
    description: See O(evenkeel.glusterfs.mount#module:state).
    type: str
    choices: [mounted, present, unmounted, absent, absent_from_fstab, remounted]
    default: mounted
  remount:
    description: See O(evenkeel.glusterfs.mount#module:remount).
    type: bool
    default: false
  fstab:
    description: See O(evenkeel.glusterfs.mount#module:fstab).
    type: str
    choices: [native, failover, none]
    default: native
  fstab_file:
    description: See O(evenkeel.glusterfs.mount#module:fstab_file).
    type: path
    default: /etc/fstab
  boot:
    description: See O(evenkeel.glusterfs.mount#module:boot).
    type: bool
    default: true
  require:
    description: See O(evenkeel.glusterfs.mount#module:require).
    type: str
    choices: [writable, all, any]
    default: writable
  guard:
    description: See O(evenkeel.glusterfs.mount#module:guard).
    type: bool
    default: true
  timeout_probe:
    description: See O(evenkeel.glusterfs.mount#module:timeout_probe).
    type: float
    default: 3
  timeout_try:
    description: See O(evenkeel.glusterfs.mount#module:timeout_try).
    type: float
    default: 30
  timeout_total:
    description: See O(evenkeel.glusterfs.mount#module:timeout_total).
    type: float
    default: 120
  patience:
    description: See O(evenkeel.glusterfs.mount#module:patience).
    type: float
    default: 90
  via:
    description: See O(evenkeel.glusterfs.mount#module:via).
    type: str
    choices: [host, container]
    default: host
  image:
    description: See O(evenkeel.glusterfs.mount#module:image).
    type: str
    default: localhost/evenkeel-glusterfs:latest
seealso:
  - module: evenkeel.glusterfs.mount
  - module: evenkeel.glusterfs.mount_info
  - module: evenkeel.glusterfs.mount_helper
notes:
  - On SIGTERM, SIGINT and SIGHUP each mount that is not proven yet is undone, and what is proven stays.
"""

EXAMPLES = r"""
- name: Mount all that this node needs, and nothing more
  evenkeel.glusterfs.mounts:
    servers: [gfs1, gfs2, gfs3]
    group: web
    exclusive: true
    mounts:
      - {path: /srv/web, volume: web}
      - {path: /srv/web/site1/cache, volume: cache, subdir: site1, opts: [ro]}
      - {path: /srv/archive, volume: archive, servers: [gfs4, gfs5], boot: false}

- name: Mount a directory of one volume for each site
  evenkeel.glusterfs.mounts:
    servers: [gfs1, gfs2, gfs3]
    volume: web
    fstab: failover
    mounts:
      - {path: /srv/site1, subdir: site1}
      - {path: /srv/site2, subdir: site2}

- name: Take away all of them
  evenkeel.glusterfs.mounts:
    group: web
    exclusive: true
    mounts: []
"""

RETURN = r"""
mounts:
  description:
    - An entry for each of O(mounts), in their order, with what M(evenkeel.glusterfs.mount) returns for it.
    - Where it failed there are only the keys that are described here.
  returned: always
  type: list
  elements: dict
  contains:
    changed:
      description: Whether something of it is another than before.
      type: bool
    failed:
      description: Whether it did not come to its state.
      type: bool
    msg:
      description: Why it failed, with each server that was tried; empty if it did not.
      type: str
    warnings:
      description: What a person should know of it.
      type: list
      elements: str
    attempts:
      description: Every try, in order, see M(evenkeel.glusterfs.mount).
      type: list
      elements: dict
    commands:
      description: The commands that changed something, as they were run.
      type: list
      elements: str
    mount:
      description: What is at the mount point now, see M(evenkeel.glusterfs.mount). Only its C(path) where it failed.
      type: dict
removed:
  description: The mount points that were not listed any more and are not mounted any more.
  returned: always
  type: list
  elements: str
  sample: [/srv/old]
kept:
  description: Those that are not listed any more and are in use, so that they stay as they are.
  returned: always
  type: list
  elements: dict
  contains:
    path:
      description: The mount point.
      type: str
      sample: /srv/old
    msg:
      description: By whom it is used.
      type: str
in_no_list:
  description: The GlusterFS mounts that are not listed and carry no group, where O(group) is said.
  returned: always
  type: list
  elements: str
  sample: [/mnt/by-hand]
"""

import functools
from typing import Any, Mapping

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.network import Network
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import signals
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.fstab import FstabError
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.strand import Strands
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import mounts, mounts_arguments, tls_arguments
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import model


def main() -> None:
    """Read the arguments, bring the mounts to their states, report."""
    module = AnsibleModule(argument_spec=mounts_arguments.ARGUMENTS, supports_check_mode=True)
    strands = Strands()
    try:
        wanted = mounts_arguments.check(module.params)
        with signals.noted(strands.ask_to_end):
            done = mounts.Mounts(
                wanted, model.Node.here(), strands, _networks(module.check_mode), module.check_mode
            ).ensure()
    except (ValueError, FstabError) as error:
        module.fail_json(msg=str(error), changed=False, mounts=[], removed=[], kept=[], in_no_list=[])
    for warning in done.warnings:
        module.warn(warning)
    diff = {"diff": done.diff} if module._diff else {}
    if done.failed:
        module.fail_json(msg=done.message(), changed=done.changed, **done.as_result(), **diff)
    module.exit_json(changed=done.changed, **done.as_result(), **diff)


def _networks(check: bool) -> mounts.Networks:
    """The way to an entry's servers by its arguments, one for all entries of the same certificates. Raises ValueError where they cannot be used."""

    @functools.lru_cache(maxsize=None)
    def network(**arguments: str) -> Network:
        return tls_arguments.network(arguments, check=check).shared()

    def of(params: Mapping[str, Any]) -> Network:
        return network(**{name: params[name] for name in ("state", *tls_arguments.ARGUMENTS)})

    return of


if __name__ == "__main__":
    main()
