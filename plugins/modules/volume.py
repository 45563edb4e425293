#!/usr/bin/python
# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Ansible module that makes a GlusterFS volume what it shall be."""

from __future__ import annotations

DOCUMENTATION = r"""
module: volume
short_description: Make, change and delete GlusterFS volumes, without losing a file
version_added: 0.1.0
description:
  - Makes a volume what it shall be, its bricks, copies, options and whether it is started, by as few commands as gluster allows.
  - Bricks that are left out of O(bricks) are removed only after their files have been migrated and looked for. If a file was not migrated the run fails,
    names it, and the bricks stay.
  - Bad input is refused before anything is touched, also where gluster would fail half-way, such as for an unknown option or a host that is not in the pool.
  - Runs on one member of the pool, so give the task C(run_once).
author:
  - The evenkeel.glusterfs authors (@evenkeel)
extends_documentation_fragment:
  - evenkeel.glusterfs.attributes
attributes:
  check_mode:
    support: full
    details:
      - Asks the cluster, and refuses what would be refused. What only gluster itself finds out is not foreseen.
  diff_mode:
    support: full
    details:
      - Shows state, shape, bricks and options.
  idempotent:
    support: full
  platform:
    support: full
    platforms: posix
    details:
      - Linux.
requirements:
  - The server of GlusterFS 10 or newer on all hosts of the pool. Package C(glusterfs-server).
  - Root. To remove bricks or to add copies, C(/dev/fuse) too.
options:
  name:
    description: Name of the volume.
    type: str
    required: true
  state:
    description:
      - V(present), the volume is there. A new one is not started, and one that someone has stopped stays stopped.
      - V(started), it is there and started. Where this run starts it, all bricks are waited for.
      - V(stopped), it is there and not started. Its clients lose it.
      - V(absent), it is stopped and deleted, for which all members of the pool must be up. The files stay in the directories of its bricks, which no other
        volume takes then.
    type: str
    choices: [present, started, stopped, absent]
    default: present
  confirm:
    description:
      - The name of the volume once more, without which O(state=absent) does nothing.
    type: str
  disconnect_clients:
    description:
      - Whether O(state=absent) deletes a volume that clients use. Without it they are named, and nothing is changed.
      - What counts are connections to its bricks beyond that of each self-heal daemon, so that a volume which is stopped already has none.
    type: bool
    default: false
  bricks:
    description:
      - All bricks of the volume, as C(host:/path). Required for a volume that is not there yet. Without it the bricks stay as they are.
      - They form subvolumes in this order, as many each as O(replica) or O(disperse) says. The order of subvolumes, and of copies in one, does not matter.
      - New subvolumes are added. Those that are left out are removed, see O(timeout_migrate).
      - Where a brick of a subvolume is left out and a new one takes its place, it is replaced, and the next step waits until the new one is healed.
      - The host may have any name that the pool knows it by.
    type: list
    elements: str
  replica:
    description:
      - Copies of each file. V(1) if a new volume does not say. An existing volume stays as it is if this is not said.
      - A larger number adds copies, and waits until they are healed. A smaller one removes copies, after all have been found healed.
    type: int
  arbiter:
    description:
      - With V(1) and O(replica=3), the last brick of each subvolume holds names only and decides between the two others.
    type: int
  disperse:
    description:
      - Bricks of each subvolume that hold a file together, O(redundancy) included. GlusterFS does not change this later.
    type: int
  redundancy:
    description:
      - With O(disperse), how many bricks of each subvolume may be lost.
    type: int
  transport:
    description:
      - What clients speak to bricks. C(tcp) if a new volume does not say. GlusterFS sets this at creation.
    type: str
    choices: [tcp, rdma, 'tcp,rdma']
  options:
    description:
      - Options of the volume by their whole names, with values of any type. Booleans are written as C(on) and C(off), lists joined by commas.
      - C(null) resets an option to its default. Options that are not named stay as they are.
      - An option of the user's own, C(user.NAME), cannot be reset alone.
      - All that differ are set by a single command. Where gluster refuses it, each is set by itself, and the run fails in the end, naming those that were
        refused, when all else is done, the start of a new volume too. It takes one command to reset each.
      - C(cluster.granular-entry-heal) of a started volume is set by its own command. What has another command of its own, quota, bitrot and scrubbing, or
        is set only while a volume is stopped, C(storage.linux-aio), is refused before anything is touched; with O(state=stopped) or a start it is set.
      - C(nfs.disable) may be V(true) on GlusterFS 11 too, which has the option no more.
      - C(on), C(yes), C(true), C(enable) and C(1) are the same.
    type: dict
  force:
    description:
      - Whether gluster takes bricks that it advises against, such as those on the root file system, several copies on one host, or a directory that has
        been a brick before.
      - Heeded at creation; for subvolumes that are added; where O(replica) grows, since gluster then takes bricks on one host for copies of each other though
        they are in different subvolumes; and by O(reset), for a brick on the root file system. Bricks are never removed by it.
    type: bool
    default: false
  rebalance:
    description:
      - Whether files are spread over the subvolumes that this run adds.
      - A rebalance that an earlier run has begun is waited for if it still goes on, and begun again if it has failed.
    type: bool
    default: false
  reset:
    description:
      - Bricks to make anew from the others of their subvolume if they are not online, for a disk that was replaced by an empty one, mounted at the same path.
      - A brick that is online is left alone. One that has its data still is refused, since it wants its process started and not its data replaced.
    type: list
    elements: str
  timeout:
    description: Seconds to wait for the bricks to be online after the start.
    type: float
    default: 120
  timeout_heal:
    description:
      - Seconds to wait until copies are healed, each time.
      - When they are over the run fails, and healing goes on.
    type: float
    default: 3600
  timeout_migrate:
    description:
      - Seconds to wait until a rebalance is done, or until the files of bricks to be removed are migrated.
      - When they are over the run fails, and the migration goes on. The next run of the same task waits for it again and removes the bricks.
      - A file that a client removes while it is looked at counts as a failure, with which gluster removes bricks by force only. They are never removed so.
        The migration is done again in that case, up to 20 times, which takes one look at each file of the volume.
    type: float
    default: 3600
seealso:
  - module: evenkeel.glusterfs.trusted_pool
notes:
  - Before files move from one subvolume to another, by a rebalance, or when subvolumes are added or removed, C(cluster.lookup-optimize) is set to C(off),
    and stays so. With C(on), the default of GlusterFS, clients lose sight of files, for good and after a new mount too. Of 1,000 files on a volume that
    grew from one subvolume to two while a client wrote, 45, 10 and 40 were not found after the rebalance with C(on), and none after three with C(off).
    The reason is told in U(https://github.com/gluster/glusterfs/issues/973), and how data can be lost in
    U(https://github.com/gluster/glusterfs/issues/1918).
  - What a run adds, replaces or resets, and a rebalance that it is about to begin, is kept with the volume, in its option C(user.evenkeel.unfinished), until
    it is healed or done. A run that is cut off is ended by the next one of the same task, from whichever host. GlusterFS resets no option of this kind, so
    C(none) is left of it.
  - Before a brick that is online is replaced, its subvolume is healed, since it may be the only one that has what was written while others were away.
  - A volume with a thin arbiter is started, stopped, deleted and given options. Its bricks are not changed; what asks for that is refused.
    GlusterFS 11.1 let a third copy come to one, half-way, and the glusterd of GlusterFS 10.3 ended with a core dump when a subvolume was added.
  - Nothing is replaced, reset or added as a copy where no self-heal daemon would heal it, since the volume turns them off
    (C(cluster.self-heal-daemon), C(cluster.disperse-self-heal-daemon)) or a host of its bricks runs none. Options of the same task that turn them on are
    set first.
  - The host must be a member of the pool. Copies can be added, removed, replaced and reset only while the volume is started and nothing waits to be healed.
"""

EXAMPLES = r"""
- name: A volume with three copies
  evenkeel.glusterfs.volume:
    name: web
    state: started
    replica: 3
    bricks:
      - gfs1:/bricks/one/web
      - gfs2:/bricks/one/web
      - gfs3:/bricks/one/web
    options:
      network.ping-timeout: 10
      features.shard: true
      auth.allow: [192.0.2.*, 198.51.100.7]
      performance.cache-size: null
  run_once: true

- name: Add a subvolume of three bricks and spread the files
  evenkeel.glusterfs.volume:
    name: web
    state: started
    replica: 3
    bricks:
      - gfs1:/bricks/one/web
      - gfs2:/bricks/one/web
      - gfs3:/bricks/one/web
      - gfs1:/bricks/two/web
      - gfs2:/bricks/two/web
      - gfs3:/bricks/two/web
    rebalance: true
  run_once: true

- name: Move the copy of gfs2, which is gone, to gfs4
  evenkeel.glusterfs.volume:
    name: web
    bricks: [gfs1:/bricks/one/web, gfs4:/bricks/one/web, gfs3:/bricks/one/web]
    timeout_heal: 86400
  run_once: true

- name: Make the brick on a new disk of gfs3 anew
  evenkeel.glusterfs.volume:
    name: web
    reset: [gfs3:/bricks/one/web]
  run_once: true

- name: Two copies and an arbiter
  evenkeel.glusterfs.volume:
    name: docs
    replica: 3
    arbiter: 1
    bricks: [gfs1:/bricks/one/docs, gfs2:/bricks/one/docs, gfs3:/bricks/small/docs]
  run_once: true

- name: Delete a volume
  evenkeel.glusterfs.volume:
    name: web
    state: absent
    confirm: web
  run_once: true
"""

RETURN = r"""
volume:
  description: The volume as it is now, null if it is not there.
  returned: success
  type: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: web
    id:
      description: Its UUID.
      type: str
    type:
      description: Its type in the words of gluster.
      type: str
      sample: Distributed-Replicate
    status:
      description: One of C(created), C(started) and C(stopped).
      type: str
      sample: started
    replica:
      description: Copies of each file, 1 for none but the file itself.
      type: int
      sample: 3
    arbiter:
      description: How many of the copies hold names only.
      type: int
      sample: 0
    disperse:
      description: Bricks of a dispersed subvolume, 0 if it is none.
      type: int
      sample: 0
    redundancy:
      description: How many of these may be lost.
      type: int
      sample: 0
    thin_arbiter:
      description: The thin arbiter that decides between two copies, null if it has none. GlusterFS counts it among no bricks.
      type: str
      sample: gfs3:/bricks/thin
    transport:
      description: What clients speak to the bricks.
      type: str
      sample: tcp
    snapshots:
      description: How many snapshots it has.
      type: int
      sample: 0
    options:
      description: The options that are set, also by GlusterFS itself.
      type: dict
      sample: {"network.ping-timeout": "10"}
    bricks:
      description: Its bricks in the order of their subvolumes.
      type: list
      elements: dict
      contains:
        brick:
          description: Host and path.
          type: str
          sample: gfs1:/bricks/one/web
        host:
          description: The host.
          type: str
          sample: gfs1
        path:
          description: The path.
          type: str
          sample: /bricks/one/web
        host_uuid:
          description: UUID of the host.
          type: str
        subvolume:
          description: Number of its subvolume, from 0.
          type: int
          sample: 0
        arbiter:
          description: Whether it holds names only.
          type: bool
          sample: false
steps:
  description:
    - What was done, or would be done in check mode, in the order in which it was done. A new volume is given its options before it is started; where
      several bricks are replaced or reset, those that are offline come first.
  returned: success
  type: list
  elements: str
  sample: ["replace gfs2:/bricks/one/web by gfs4:/bricks/one/web", "set network.ping-timeout 10"]
migrated:
  description: By C(rebalance) and C(remove), how many C(files) and C(bytes) were moved, how many C(failures) there were and how many were C(skipped).
  returned: success
  type: dict
  sample: {"rebalance": {"files": 25, "bytes": 196, "failures": 0, "skipped": 1}}
commands:
  description:
    - The commands that changed something, as they were run. A command that was refused is among them.
    - Where the module fails, C(changed) tells whether one of them was carried out, or may have been in part.
  returned: always
  type: list
  elements: str
  sample: ["gluster --mode=script --xml volume start web"]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import failure, volume_arguments
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.cli import Cli
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.local_host import LocalHost
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import volume


def main() -> None:
    """Read the arguments, ensure the volume, report."""
    module = AnsibleModule(
        argument_spec=volume_arguments.ARGUMENTS,
        supports_check_mode=True,
    )
    cli = Cli()
    with failure.reported(module.fail_json, cli):
        result = volume.ensure(volume_arguments.check(module.params), cli, LocalHost(), check_mode=module.check_mode)
    diff = {"diff": {"before": result.before, "after": result.after}} if module._diff else {}
    module.exit_json(changed=result.changed, **result.values, **diff)


if __name__ == "__main__":
    main()
