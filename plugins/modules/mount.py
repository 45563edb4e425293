#!/usr/bin/python
# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Ansible module that mounts a GlusterFS volume from any of several servers."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mount
short_description: Mount a GlusterFS volume from any of several servers
version_added: 0.1.0
description:
  - Mounts a volume of GlusterFS from an array of servers. Each node asks one of them at random, so that a thousand nodes that start at once
    do not storm one server. A server that is down, frozen, unreachable, talks nonsense or does not know the volume is passed over, and the next
    one is asked, until a mount is proven or O(timeout_total) is over.
  - Exit code 0 of a mount proves nothing. A mount counts only when the kernel lists it, its root answers, and the client is connected to the
    bricks that O(require) asks for.
  - A mount whose client has died is replaced at once, one whose client hangs when it has had O(patience). One that is healthy and the wanted one is left
    alone.
  - One whose client does not hear from its servers any more (RV(mount.stale)) is mounted anew where nobody uses it, and no open fails meanwhile on Linux 6.5
    or newer. Where it is in use, a warning names its users. One whose server is frozen goes on to another server of its list, also where the mount is in use,
    as its connection to the frozen one is ended.
  - A try that fails leaves nothing behind, neither a mount nor a process, a directory or a line in fstab.
  - One run works on a mount point at a time. A second one waits for it, and then finds its result.
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
      - Shows the line of the mount point in fstab; other lines, which may hold passwords, are not shown.
options:
  path:
    description:
      - The mount point, an absolute path. Made if it is not there. Symbolic links are followed as C(mount) does.
    type: path
    required: true
  volume:
    description:
      - Name of the volume. Required for the states V(mounted), V(present) and V(remounted).
    type: str
  subdir:
    description:
      - Directory of the volume to mount in place of its root. It must exist, unless O(subdir_create=true).
    type: str
  subdir_create:
    description:
      - Whether O(subdir) is made, with the directories on the way to it, where the volume does not have it. The volume's root is mounted and proven for that,
        in a place that only root can look into, and unmounted again. A directory that is there stays as it is, whatever its owner and mode.
      - No symbolic link of the volume is followed. What was made stays, also where the mount then does not come to be.
      - The states V(mounted) and V(remounted) do so, when they mount. Check mode asks no server, so that it cannot tell whether the directory is there.
      - Not with O(via=container).
    type: bool
    default: false
  subdir_owner:
    description:
      - Owner of a directory that O(subdir_create) makes, by name, as this node knows it, or by number. Directories on the way to it are root's.
      - Root if this is not said.
    type: str
  subdir_group:
    description:
      - Its group. Root's if this is not said.
    type: str
  subdir_mode:
    description:
      - Its mode, in octal digits and quotes, as in V('0750'). C(0755) if this is not said.
    type: raw
  servers:
    description:
      - The servers that can be asked for the volume, as C(host), C(host:port), an IPv4 or an IPv6 address (with a port, C([address]:port)).
      - The client asks all of its servers by IPv4 or all by IPv6, whichever the first one has answered by. Addresses of the other kind are not
        handed to it. A link-local address is refused.
      - The same server in two spellings counts once.
      - Required for the states V(mounted), V(present) and V(remounted).
    type: list
    elements: str
  order:
    description:
      - V(random) shuffles the servers anew each time that a mount has to be made.
      - V(listed) asks them in the order of O(servers). All nodes then mount from the first.
    type: str
    choices: [random, listed]
    default: random
  prefer:
    description:
      - Those of O(servers) that are asked before all others, for example the ones in the node's own rack. Among themselves they are shuffled too.
    type: list
    elements: str
  opts:
    description:
      - Mount options with the names of C(mount.glusterfs), as a list or a comma-separated string. A comma inside double quotes belongs to the value, as in
        C(context="system_u:object_r:fusefs_t:s0:c1,c2"), which a line of O(fstab=native) cannot have.
      - Each mount gets C(nosuid) and C(nodev), unless C(suid) or C(dev) is said. One that is there without them is not mounted anew for that.
      - Options that came with later releases are handed over too. Where the client on the node does not have one, the task fails before anything is
        touched.
      - Options that the client rejects, drops or fails on without a word are refused, with the reason and what to write instead. Those are
        among others C(relatime), C(strictatime), C(nodiratime), C(user), C(remount), C(auto_unmount) and C(backup-volfile-servers).
      - When the options of a healthy mount differ, the mount is left alone with a warning, and RV(options_differ) names them. O(remount=true) or
        O(state=remounted) carries them out.
    type: list
    elements: str
  state:
    description:
      - V(mounted), mounted and, unless O(fstab=none), in fstab.
      - V(present), in fstab; what is mounted is left as it is.
      - V(unmounted), not mounted; fstab is left as it is. A mount in use is an error that names its users, in check mode too.
      - V(absent), not mounted, not in fstab, and the mount point removed if it is an empty directory that no other mount namespace has the mount on still.
      - V(absent_from_fstab), not in fstab; what is mounted is left as it is.
      - V(remounted), detached and mounted anew; fstab is left as it is. A mount in use is an error that names its users, in check mode too.
      - In use is a mount on which a process has something open or its working directory, or below which something else is mounted, and one whose file
        system is seen elsewhere, by a bind, in another mount namespace (a container), through an overlay, by a loop device. What an unmount takes
        away by propagation, as in a service with C(PrivateTmp), is no use.
      - Where a user appears only to the kernel, as a mount namespace that a file alone keeps, the mount is taken away and its client lives on until that
        user has ended; a warning says so. No client is ended while its file system is in use, except one that hangs when its patience is over.
    type: str
    choices: [mounted, present, unmounted, absent, absent_from_fstab, remounted]
    default: mounted
  remount:
    description:
      - With O(state=mounted), whether a healthy mount whose options differ, or whose client runs a program that an upgrade has replaced, is detached and
        mounted anew. A mount in use is an error that names its users, in check mode too.
    type: bool
    default: false
  fstab:
    description:
      - V(native) keeps a line of type C(glusterfs) with C(_netdev,nofail,x-systemd.mount-timeout=120) and all servers, the first one chosen by O(order).
        Another order of the same servers or options is no change.
        What reads it at boot is C(mount.glusterfs), which goes on to another server only when a connection is refused.
      - V(failover) keeps a line of type C(glusterfs_failover) with all servers. At boot, and whenever C(mount) is called, the same failover mount as
        here is made. That needs what M(evenkeel.glusterfs.mount_helper) puts on the node, and is an error where it is not there.
      - V(none) keeps no line. The mount lasts until the next boot.
    type: str
    choices: [native, failover, none]
    default: native
  fstab_file:
    description:
      - The file to keep the line in.
      - It is replaced in one step under a lock, with mode and owner kept. All bytes of other lines stay as they are.
    type: path
    default: /etc/fstab
  boot:
    description:
      - Whether the line in fstab mounts at boot. V(false) adds C(noauto).
    type: bool
    default: true
  require:
    description:
      - Which bricks the client must be connected to before a mount counts as proven.
      - V(writable), in every subvolume as many as its quorum needs.
      - V(all), every brick.
      - V(any), at least one brick. Files on other subvolumes may then be missing or unwritable.
    type: str
    choices: [writable, all, any]
    default: writable
  guard:
    description:
      - Whether the bare directory is made immutable before it is mounted on, so that nothing is written there, unseen, while nothing is mounted.
      - Done to a directory that is empty, when a mount is made; mode and owner stay. RV(guard) says what came of it. V(false) takes the guard away when
        the next mount is made.
      - Until it is taken away the bare directory cannot be removed, renamed or given another mode or owner. O(state=absent) takes it away.
      - Needs the capability C(CAP_LINUX_IMMUTABLE), Linux 5.2 and a file system with attributes (ext4, XFS, Btrfs, tmpfs, overlay).
    type: bool
    default: true
  timeout_probe:
    description:
      - Seconds that one server gets to say that it serves the volume, resolution of its name included.
    type: float
    default: 3
  timeout_try:
    description:
      - Seconds that one try of the client gets, from its start to the proof.
    type: float
    default: 30
  timeout_total:
    description:
      - Seconds for all tries. Until then rounds over all servers follow each other with a growing, random pause.
      - A volume that every server denies, a missing subdirectory, a refused authentication or a bad option end the run at once.
    type: float
    default: 120
  patience:
    description:
      - Seconds that a client which lives, but gives no answer or reaches no brick, gets to answer again before it is replaced; those who have files open
        there lose them with it. When a brick or its host falls silent, I/O stalls for the volume's C(network.ping-timeout), 42 s by default, and about half
        a minute more (73 s were seen; with a timeout of 8 s, 31 to 37 s), then goes on by itself. Keep this value above that.
      - At most O(timeout_total) less O(timeout_try). With V(0) it is replaced at once.
      - O(state=unmounted), O(state=absent) and O(state=remounted) wait only where somebody uses the mount.
      - Who lost what he had open is named by a warning.
    type: float
    default: 90
  via:
    description:
      - V(host), the host's own client mounts.
      - V(container), a container mounts, on hosts with podman and systemd that have no GlusterFS client. The result is the same mount on the host. One
        container a mount, named after its path, with the one capability C(CAP_SYS_ADMIN) and C(/dev/fuse); RV(container) is its name.
        Where AppArmor is in force it has the profile that the role P(evenkeel.glusterfs.gluster_spc#role) loads, or none where that is not loaded.
      - Units of systemd then take the place of the line in fstab, one that runs the container (by Quadlet where podman has it) and a C(.mount) unit for
        the path, which others can order after. With O(fstab=none) they last until the next boot, with the other choices of O(fstab) for good.
      - A client that dies is started again. When O(image) stands for another image than the one that runs, a new container takes over from the old one
        without a failed open (Linux 6.5; before that with a gap of some milliseconds), and the old one ends with its last open file.
      - In the states that only take away, what is found on the host decides.
    type: str
    choices: [host, container]
    default: host
  image:
    description:
      - The image of O(via=container), which must be on the host. The role P(evenkeel.glusterfs.gluster_spc#role) puts it there.
    type: str
    default: localhost/evenkeel-glusterfs:latest
seealso:
  - module: evenkeel.glusterfs.mount_helper
  - module: evenkeel.glusterfs.mount_info
  - module: evenkeel.glusterfs.server_info
  - module: ansible.posix.mount
notes:
  - The meanings of O(state) are those of M(ansible.posix.mount). Its V(ephemeral) is O(fstab=none) here.
  - A dead mount that cannot be replaced, since no server serves the volume, is left in place. Taken away, it would let services write into the
    directory below.
  - Another volume, another directory of it, a bind or another file system at O(path) is never replaced by the way. Unmount it first, by O(state=absent), which
    needs no O(volume), or for what is no mount of GlusterFS by M(ansible.posix.mount), then mount; see the examples.
  - A run whose mount nobody else on the host would see, as one in a systemd unit with C(PrivateTmp) or C(ProtectSystem), changes nothing and fails.
  - Where systemd runs, the client gets a scope of its own, so that it outlives the service, timer or login that ran the module.
"""

EXAMPLES = r"""
- name: Mount the web volume from any of three servers
  evenkeel.glusterfs.mount:
    path: /srv/web
    volume: web
    servers: [gfs1, gfs2, gfs3]

- name: Mount one directory of a volume, read-only, from the servers in the same rack if they are well
  evenkeel.glusterfs.mount:
    path: /srv/site1
    volume: web
    subdir: site1
    servers: "{{ groups['gluster_servers'] }}"
    prefer: "{{ groups['gluster_servers'] | intersect(groups['rack_' ~ rack]) }}"
    opts: [ro, noexec, log-level=WARNING]

- name: Mount a directory of a volume, and make it where the volume does not have it yet
  evenkeel.glusterfs.mount:
    path: /srv/site2
    volume: web
    subdir: sites/site2
    subdir_create: true
    subdir_owner: www-data
    subdir_mode: '0750'
    servers: [gfs1, gfs2, gfs3]

- name: Mount by the same failover at each boot
  evenkeel.glusterfs.mount:
    path: /srv/web
    volume: web
    servers: [gfs1, gfs2, gfs3]
    fstab: failover

- name: Mount until the next boot, and give up after half a minute
  evenkeel.glusterfs.mount:
    path: /mnt/migration
    volume: web
    servers: [gfs1, gfs2, gfs3]
    fstab: none
    timeout_total: 30

- name: Mount on a host that has podman and no GlusterFS client
  evenkeel.glusterfs.mount:
    path: /srv/web
    volume: web
    servers: [gfs1, gfs2, gfs3]
    via: container

- name: Have the line in fstab, but mount by hand
  evenkeel.glusterfs.mount:
    path: /mnt/archive
    volume: archive
    servers: [gfs1, gfs2, gfs3]
    state: present
    boot: false

- name: Carry out new options on a mount that nobody uses
  evenkeel.glusterfs.mount:
    path: /srv/web
    volume: web
    servers: [gfs1, gfs2, gfs3]
    opts: attribute-timeout=5,entry-timeout=5
    state: remounted

- name: Unmount and leave fstab as it is
  evenkeel.glusterfs.mount:
    path: /srv/web
    state: unmounted

- name: Take away the volume that is mounted there, for another one to take its place
  evenkeel.glusterfs.mount:
    path: /srv/web
    state: absent

- name: Mount the other one
  evenkeel.glusterfs.mount:
    path: /srv/web
    volume: web2
    servers: [gfs1, gfs2, gfs3]

- name: Remove the line from fstab and leave the mount as it is
  evenkeel.glusterfs.mount:
    path: /srv/web
    state: absent_from_fstab

- name: Unmount, remove the line from fstab, and the mount point if it is empty
  evenkeel.glusterfs.mount:
    path: /srv/web
    state: absent
"""

RETURN = r"""
server:
  description:
    - The server that the client's management connection really goes to, by its name in O(servers) where it has one, else by its address.
    - File data goes to and from all bricks, whichever server this is.
  returned: success, null if nothing is mounted or the state needs no servers
  type: str
  sample: gfs2
source:
  description: The mount's source as C(findmnt) shows it. It stays the same whichever server is in use.
  returned: success, null if nothing is mounted
  type: str
  sample: gfs3:/web
healed:
  description: Whether a dead or hung mount, or one whose client was stale, was replaced, or such a client came to another server.
  returned: success
  type: bool
subdir_created:
  description: Whether the volume had no O(subdir), and it was made. In check mode it is not known where a mount would be made, and null then.
  returned: success
  type: bool
options_differ:
  description: Flags of the client in which a healthy mount that was left alone differs from O(opts).
  returned: success
  type: list
  elements: str
  sample: ["--read-only"]
attempts:
  description: Every try, in order.
  returned: always
  type: list
  elements: dict
  contains:
    server:
      description: The server tried.
      type: str
      sample: gfs1
    step:
      description: How far the try came, one of C(resolve), C(connect), C(getspec), C(bricks), C(start) and C(prove).
      type: str
      sample: connect
    outcome:
      description:
        - How it ended, one of C(ok), C(unresolved), C(refused), C(unreachable), C(silent), C(timeout), C(closed), C(no TLS), C(garbage), C(denied),
          C(cut off), C(no volume), C(bricks down), C(client failed), C(subdirectory made), C(unproven) and C(fatal).
        - C(silent) is a server that had not answered when another one did; it may be well.
        - C(cut off) is a server whose brick gave no answer for a second. The new client was disconnected from it, so that the mount does not wait for it;
          it connects again by itself.
      type: str
      sample: timeout
    seconds:
      description: How long it took.
      type: float
      sample: 3.0
    detail:
      description: More for a person, such as the line of the client's log that says why.
      type: str
guard:
  description: C(immutable) if the directory below the mount is guarded, else C(none).
  returned: success
  type: str
  sample: immutable
guard_reason:
  description: Why there is no guard, empty if there is one.
  returned: success
  type: str
  sample: the directory below the mount is not empty
container:
  description: Name of the container that mounts, null where the host does.
  returned: success
  type: str
  sample: gluster-srv-web.3f2a90c1
commands:
  description:
    - The commands that changed something, as they were run.
    - Where the module fails, C(changed) tells whether something stays changed. What was undone does not.
  returned: success
  type: list
  elements: str
mount:
  description: What is at the mount point now.
  returned: success
  type: dict
  contains:
    path:
      description: The mount point, free of symbolic links.
      type: str
      sample: /srv/web
    state:
      description: One of C(absent), C(healthy), C(degraded), C(read-only), C(stale), C(dead), C(hung), C(foreign) and C(bind).
      type: str
      sample: healthy
    volume:
      description: The volume mounted.
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
        - Where the state is C(bind), the mount point that is bound to this place, or the directory below it.
        - Null where that is not mounted any more, and for anything else.
      type: str
      sample: /srv/web/app
    pid:
      description: Process id of the client.
      type: int
      sample: 4711
    via:
      description: Whether the client runs on the C(host) or in a C(container), null where none lives.
      type: str
      sample: host
    outdated:
      description: Whether the client runs a program that an upgrade of its package has replaced. O(remount=true) has the new one mount.
      type: bool
    stale:
      description:
        - Where the state is C(stale), why the client does not hear from its servers what becomes of the volume, with the keys C(reason) and C(detail);
          else null. See M(evenkeel.glusterfs.mount_info).
      type: dict
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
fstab_line:
  description: The line of the mount point in O(fstab_file), null if there is none or O(state) does not touch the file.
  returned: success
  type: str
  sample: "gfs2:/web /srv/web glusterfs _netdev,nofail,x-systemd.mount-timeout=120,backup-volfile-servers=gfs3:gfs1 0 0"
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import signals
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.fstab import FstabError
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import mount, mount_arguments, tls_arguments
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import model


def main() -> None:
    """Read the arguments, ensure the state, report."""
    with_source = ["volume", "servers"]
    module = AnsibleModule(
        argument_spec=mount_arguments.ARGUMENTS,
        required_if=[("state", state, with_source) for state in mount_arguments.WITH_SOURCE],
        supports_check_mode=True,
    )
    node = model.Node.here()
    changed = False
    try:
        arguments = mount_arguments.check(module.params)
        node = model.Node.here(tls_arguments.network(module.params, check=module.check_mode))
        with signals.rollback_on_signal() as commit:
            point = mount.choose(arguments, node.with_run(commit=commit), check=module.check_mode)
            before = mount.standing(point)
            try:
                result = mount.ensure(point)
            except BaseException:
                changed = not module.check_mode and mount.standing(point) != before
                raise
    except (model.MountError, ValueError, FstabError, OSError, signals.Interrupted) as error:
        interrupted = isinstance(error, signals.Interrupted)
        attempts = error.attempts if isinstance(error, model.MountError) else ()
        module.fail_json(
            msg=f"interrupted by {error}; what had been begun is undone" if interrupted else str(error),
            changed=changed,
            attempts=[attempt.as_result() for attempt in attempts],
            commands=node.run.commands,
        )
    for warning in result.warnings:
        module.warn(warning)
    diff = {"diff": result.diff} if module._diff else {}
    module.exit_json(changed=result.changed, **result.values, **diff)


if __name__ == "__main__":
    main()
