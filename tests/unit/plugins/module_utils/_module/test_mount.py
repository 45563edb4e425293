# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mount module without Ansible: its arguments, its states and its result, on a machine that is not there."""

from __future__ import annotations

import contextlib
import os
import re
import socket

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.server import Server
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.fstab import Fstab, FstabConflict, FstabError
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.systemd import mount_unit
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import mount, mount_arguments
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount.model import MountError
from ansible_collections.evenkeel.glusterfs.tests.unit.machine import REFUSED, FakeMachine, exits

ROOT_LINE = "/dev/sda1 / ext4 errors=remount-ro 0 1\n"
STATES = ("mounted", "present", "unmounted", "absent", "absent_from_fstab", "remounted")


def params(**changes):
    """The module's arguments as Ansible hands them over, its defaults where the task says nothing."""
    values = {
        "path": "/srv/web",
        "volume": "web",
        "subdir": "",
        "subdir_create": False,
        "subdir_owner": None,
        "subdir_group": None,
        "subdir_mode": None,
        "servers": ["gfs1", "gfs2", "gfs3"],
        "order": "random",
        "prefer": [],
        "opts": [],
        "state": "mounted",
        "remount": False,
        "fstab": "native",
        "fstab_file": "/etc/fstab",
        "boot": True,
        "require": "writable",
        "guard": False,
        "via": "host",
        "image": "",
        "timeout_probe": 3.0,
        "timeout_try": 30.0,
        "timeout_total": 120.0,
        "patience": 0,
    }
    assert set(changes) <= set(values)
    return {**values, **changes}


# -- arguments


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({"path": "srv/web"}, "path 'srv/web': must be absolute, as in /srv/web"),
        ({"path": "/"}, "path '/': is the root directory; name what lies below it, as in /srv/web"),
        ({"path": "/./"}, "path '/./': is the root directory"),
        ({"path": "/srv/../web"}, "path '/srv/../web': '..' is not allowed, since what it means depends on symbolic"),
        ({"path": "/srv/a\nb"}, r"path '/srv/a\nb': control characters are not allowed in a path"),
        ({"fstab_file": "fstab"}, "fstab_file 'fstab': must be absolute, as in /etc/fstab"),
        ({"servers": []}, "servers is empty; name at least one server of the trusted pool, as in servers: [gfs1,"),
        ({"servers": None}, "servers is empty"),
        (
            {"servers": ["gfs1,gfs2"]},
            "servers: 'gfs1,gfs2' has a comma, white space or a control character; write each",
        ),
        (
            {"servers": ["gfs1 gfs2"]},
            "servers: 'gfs1 gfs2' has a comma, white space or a control character; write each",
        ),
        ({"servers": ["gfs1\n"]}, r"servers: 'gfs1\n' has a comma, white space or a control character; write each"),
        (
            {"servers": ["gfs1:99999"]},
            "server 'gfs1:99999': the port must be a number from 1 to 65535, as in gfs1:24007",
        ),
        ({"servers": ["-x"]}, "server '-x': a host name has labels of letters, digits, hyphens and underscores"),
        ({"prefer": ["gfs9"]}, "prefer names gfs9, which servers does not; prefer may only name some of servers"),
        ({"prefer": ["gfs1,gfs2"]}, "prefer: 'gfs1,gfs2' has a comma"),
        ({"volume": "snaps/s1/web"}, "volume 'snaps/s1/web': a snapshot is not mounted as such"),
        ({"volume": "/snaps/s1/web"}, "gluster snapshot clone NAME SNAPSHOT"),
        ({"volume": "web/site"}, "as in web; name the directory below it by subdir"),
        (
            {"volume": "-web"},
            "volume '-web': a volume's name has letters, digits, hyphens and underscores and does not",
        ),
        ({"volume": "w e b"}, "volume 'w e b': a volume's name has letters"),
        ({"subdir": "a/../b"}, "subdir 'a/../b': '..' and control characters are not allowed; write the way from the"),
        ({"subdir": "a\0b"}, r"subdir 'a\x00b': '..' and control characters are not allowed"),
        ({"opts": ["noauto"]}, "option 'noauto' is refused: say it by boot: false"),
        ({"opts": ["ro,auto"]}, "option 'auto' is refused: say it by boot: true"),
        ({"opts": ["relatime"]}, "option 'relatime' is refused: the client hands it to the kernel"),
        ({"timeout_probe": 0.0}, "timeout_probe 0: must be a number of seconds above 0 and up to 86400"),
        ({"timeout_try": -1.0}, "timeout_try -1: must be a number of seconds above 0"),
        ({"timeout_total": float("nan")}, "timeout_total nan: must be a number of seconds above 0"),
        ({"patience": -1}, "patience -1: must be a number of seconds from 0 to 86400"),
        ({"patience": float("nan")}, "patience nan: must be a number"),
        ({"timeout_total": 90000.0}, "timeout_total 90000: must be a number of seconds above 0 and up to 86400"),
        (
            {"state": "present", "fstab": "none"},
            "state: present writes the line in fstab and nothing else, which fstab:",
        ),
    ],
)
def test_bad_input_is_named_with_the_rule_it_breaks_and_what_to_write_instead(bad, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        mount_arguments.check(params(**bad))


@pytest.mark.parametrize("state", ["unmounted", "absent", "absent_from_fstab"])
def test_taking_away_needs_no_volume_and_no_servers(state):
    nothing = dict.fromkeys(("volume", "subdir", "servers", "prefer", "opts"))
    assert mount_arguments.check(params(state=state, **nothing)).spec.servers == ()


def test_two_spellings_of_a_path_are_one_mount_point():
    assert mount_arguments.check(params(path="/srv//./web/")).path == "/srv/web"


def test_the_arguments_reach_the_mount():
    spec = mount_arguments.check(
        params(
            subdir="/sites//one/",
            servers=["GFS1", "gfs2:24008", "gfs1."],
            prefer=["gfs1"],
            opts=["ro", "log-level=error"],
            require="all",
            order="listed",
            guard=True,
            timeout_total=60.0,
        )
    ).spec
    assert spec.servers == (Server("gfs1"), Server("gfs2", 24008)), "a server named twice counts once"
    assert (spec.volume, spec.subdir, spec.prefer) == ("web", "sites/one", (Server("gfs1"),))
    assert spec.options.flags == ("--read-only", "--log-level=ERROR")
    assert (spec.require, spec.order, spec.guard) == ("all", "listed", True)
    assert (spec.timeout_probe, spec.timeout_try, spec.timeout_total) == (3, 30, 60)


# -- states


class Host:
    """A FakeMachine, an fstab of its own, and the module run on both."""

    def __init__(self, tmp_path, **more):
        self.machine = FakeMachine(tmp_path, **more)
        self.path = self.machine.path
        self.fstab = tmp_path / "fstab"
        self.fstab.write_text(ROOT_LINE)

    def module(self, *, check=False, **changes):
        self.machine.node.run.commands.clear()
        self.changed = False
        arguments = params(**{"path": self.path, "fstab_file": str(self.fstab), "order": "listed", **changes})
        point = mount.choose(mount_arguments.check(arguments), self.machine.node, check=check)
        before = mount.standing(point)
        try:
            return mount.ensure(point)
        except BaseException:
            self.changed = not check and mount.standing(point) != before
            raise

    def line(self):
        """What fstab has beside the line that was there before."""
        text = self.fstab.read_text()
        assert text.startswith(ROOT_LINE), "what is not ours stays"
        return text[len(ROOT_LINE) :]

    def expected_line(self, more="", ours=""):
        options = (
            f"_netdev,nofail,x-systemd.mount-timeout=120,backup-volfile-servers=gfs2:gfs3{ours},nosuid,nodev{more}"
        )
        return f"gfs1:/web {self.path} glusterfs {options} 0 0\n"


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


def test_mounted_mounts_and_keeps_it_over_a_boot(host):
    result = host.module()
    assert result.changed
    assert host.line() == host.expected_line()
    assert result.values["fstab_line"] == host.expected_line().strip()
    assert result.values["source"] == "gfs1:/web", "as in fstab, so that mount -a knows it"
    assert (result.values["server"], result.values["healed"], result.warnings) == ("gfs1", False, [])
    assert result.values["mount"] == {
        "path": host.path,
        "state": "healthy",
        "volume": "web",
        "subdir": None,
        "bind_of": None,
        "why": None,
        "pid": host.machine.mounts[0].pid,
        "outdated": False,
        "stale": None,
        "via": "host",
        "bricks": [{"host": name, "path": "/bricks/web", "connected": True} for name in ("gfs1", "gfs2", "gfs3")],
    }
    assert [command.split()[0] for command in result.values["commands"]] == ["/usr/sbin/glusterfs"]


@pytest.mark.parametrize("state", [state for state in STATES if state != "remounted"])
def test_a_second_run_changes_nothing(host, state):
    host.module()
    host.module(state=state)
    before = host.fstab.stat().st_ino
    assert not host.module(state=state).changed
    assert host.fstab.stat().st_ino == before
    assert host.machine.node.run.commands == []


def test_another_random_order_is_no_change(host):
    for _run in range(10):
        result = host.module(order="random")
    assert not result.changed
    assert result.values["source"] == host.line().split()[0]


def test_mounted_without_fstab_lets_a_reboot_end_it(host):
    result = host.module(fstab="none", subdir="a/b")
    assert host.line() == ""
    assert result.values["source"] == "gfs1,gfs2,gfs3:/web/a/b"
    assert result.values["fstab_line"] is None


def test_without_fstab_a_line_that_is_there_names_the_source_so_that_mount_all_knows_the_mount(host):
    host.module(state="present", servers=["gfs2"])
    assert host.module(fstab="none").values["source"] == "gfs2:/web"


def test_a_line_with_a_symbolic_link_in_its_mount_point_is_the_same_mount(host):
    """As ansible.posix.mount leaves it."""
    (host.machine.parent / "data").symlink_to(host.machine.parent)
    link = f"{host.machine.parent}/data/web"
    old = f"gfs1:/web {link} glusterfs _netdev 0 0\n"
    host.fstab.write_text(ROOT_LINE + old)
    assert host.module(path=link).changed
    assert host.line() == host.expected_line()
    assert not host.module(path=link).changed
    host.fstab.write_text(ROOT_LINE + old)
    assert host.module(path=link, state="absent").changed
    assert host.line() == ""


def test_a_line_of_another_volume_does_not_name_the_source(host):
    """Once its client is dead the source is all that says which volume a mount is of."""
    host.module(state="present", volume="old")
    assert host.module(fstab="none").values["source"] == "gfs1,gfs2,gfs3:/web"
    host.machine.client_dies(host.machine.top(host.path))
    assert host.module(fstab="none").values["healed"]


def test_a_mount_that_is_not_for_boot_has_noauto_in_its_line(host):
    host.module(boot=False)
    assert host.line() == host.expected_line(ours=",noauto")


def test_a_mount_and_its_line_have_nosuid_and_nodev_unless_the_options_say_otherwise(host):
    assert ",nosuid,nodev " in host.module().values["fstab_line"]
    assert "--fuse-mountopts=nosuid,nodev" in host.machine.started()[-1]
    line = host.module(opts=["suid", "noexec"], remount=True).values["fstab_line"]
    assert line.split()[3].endswith(",nodev,suid,noexec")
    assert "--fuse-mountopts=suid,noexec,nodev" in host.machine.started()[-1]


def test_a_mount_of_before_nosuid_and_nodev_were_the_default_stays_as_it_is(host):
    host.machine.add_gluster()
    again = host.module(remount=True)
    assert (again.values["options_differ"], host.machine.started()) == ([], [])
    for asked in (["nosuid"], ["dev"]):
        assert host.module(opts=asked).values["options_differ"] == [f"--fuse-mountopts={asked[0]}"]


def test_servers_of_ipv6_alone_get_a_line_that_mounts_them(host):
    host.machine.speak_ipv6(release="10.3")
    family = "xlator-option=transport.address-family=inet6"
    assert f",{family}," in host.module().values["fstab_line"]
    assert f"--{family}" in host.machine.started()[-1]
    assert not host.module().changed


def test_an_option_that_the_client_lacks_is_found_before_anything_is_touched(host):
    host.module(opts=["ro"])
    mounted = host.machine.mounts[:]
    line = host.line()
    host.machine.lacks = ("--fuse-handle-copy_file_range",)
    with pytest.raises(MountError, match="does not have an option of opts: .*unrecognized option '--fuse-handle"):
        host.module(opts=["fuse-handle-copy_file_range=off"], remount=True)
    assert (host.machine.mounts, host.line()) == (mounted, line)
    host.machine.lacks = ()
    host.module(opts=["fuse-handle-copy_file_range=off"], remount=True)
    assert "--fuse-handle-copy_file_range=off" in host.machine.started()[-1]


def test_addresses_of_ipv6_are_written_as_the_client_of_this_node_reads_them(host):
    servers = ["fd00:6::1", "fd00:6::2"]
    for release, after in (("10.3", ""), ("11.2", ":24007")):
        host.machine.speak_ipv6(release)
        result = host.module(servers=servers)
        assert result.changed
        assert result.values["fstab_line"].startswith(f"fd00:6::1{after}:/web ")
        assert f"backup-volfile-servers=[fd00:6::2{after}]," in result.values["fstab_line"]
        assert not host.module(servers=servers).changed


def test_the_line_says_how_the_client_comes_to_the_servers_though_no_name_resolves_now(host):
    host.machine.speak_ipv6(release="11.2")
    host.module()
    host.machine.addresses = {}
    assert not host.module().changed


def test_the_line_keeps_its_family_once_mount_glusterfs_of_release_11_has_mounted_by_it(host):
    host.machine.speak_ipv6(release="11.2")
    host.module()
    host.module(state="unmounted")
    words = (
        "--xlator-option",
        "transport.address-family=inet6",
        "--fuse-mountopts=nosuid,nodev",
        "--process-name",
        "fuse",
    )
    host.machine.add_gluster(("/usr/sbin/glusterfs", *words, "--volfile-server=gfs1", "--volfile-id=/web", host.path))
    again = host.module()
    assert (again.changed, again.values["options_differ"]) == (False, [])


def test_a_line_of_another_file_system_stops_the_run_before_anything_is_mounted(host):
    host.fstab.write_text(f"nas:/export {host.path} nfs defaults 0 0\n")
    for state in ("mounted", "present", "absent"):
        with pytest.raises(FstabConflict, match="line 1 of the fstab mounts type nfs"):
            host.module(state=state)
    assert (host.machine.asked, host.machine.ran, host.machine.left()) == ([], [], [])


def test_an_fstab_that_cannot_be_written_takes_the_new_mount_away_again(host):
    os.makedirs(host.machine.node.host.lock_directory)
    os.symlink("/nowhere", f"{host.machine.node.host.lock_directory}/fstab.lock")
    with pytest.raises(FstabError, match="the file is untouched"):
        host.module()
    assert host.machine.left() == []
    assert host.line() == ""


def test_no_signal_comes_between_a_mount_and_its_line_in_fstab(host):
    seen = []
    host.machine.change(commit=lambda: seen.append((bool(host.machine.mounts), host.line())))
    host.module()
    assert seen[0] == (True, "")
    assert host.line()


@pytest.mark.parametrize("state", ["unmounted", "absent", "absent_from_fstab", "present"])
def test_what_cannot_be_undone_is_finished_whatever_signal_comes(host, state):
    host.module(fstab="none")
    seen = []
    host.machine.change(commit=lambda: seen.append((bool(host.machine.mounts), host.line())))
    host.module(state=state)
    assert seen[0] == (True, ""), "before anything has changed"


def test_the_result_has_no_path_that_ansible_looks_at_for_it_would_hang_where_the_mount_does(host):
    for state in ("mounted", "present", "unmounted", "absent"):
        assert not {"path", "dest", "state"} & set(host.module(state=state).values)


def test_an_fstab_that_cannot_be_written_leaves_a_mount_that_was_there(host):
    host.module(fstab="none")
    os.symlink("/nowhere", f"{host.machine.node.host.lock_directory}/fstab.lock")
    with pytest.raises(FstabError):
        host.module()
    assert len(host.machine.mounts) == 1


def test_a_mount_that_fails_writes_no_line(host):
    host.machine.says = dict.fromkeys(("gfs1", "gfs2", "gfs3"), REFUSED)
    with pytest.raises(MountError) as caught:
        host.module()
    assert host.line() == ""
    described = caught.value.attempts[0].as_result()
    assert described == {
        "server": "gfs1",
        "step": "connect",
        "outcome": "refused",
        "seconds": 0.0,
        "detail": "Connection refused",
    }


@pytest.mark.parametrize("state", ["mounted", "remounted"])
def test_a_brick_is_no_mount_point(host, state):
    host.machine.brick_paths = {host.path}
    with pytest.raises(MountError, match="is a brick of a Gluster volume"):
        host.module(state=state)
    assert host.machine.left() == []


def test_a_mount_point_behind_a_symbolic_link_is_known_by_where_it_leads(host):
    link = host.machine.parent / "link"
    link.symlink_to(host.machine.parent)
    assert host.module(path=f"{link}/web").values["mount"]["path"] == host.path
    assert host.line() == host.expected_line()
    assert not host.module().changed


def test_a_healed_mount_is_a_change_and_says_so(host):
    host.module()
    host.machine.client_dies(host.machine.mounts[0])
    result = host.module()
    assert (result.changed, result.values["healed"]) == (True, True)
    assert [command.split()[0] for command in result.values["commands"]] == ["/usr/bin/umount", "/usr/sbin/glusterfs"]


def test_a_server_that_failed_is_in_the_result(host):
    host.machine.says = {"gfs1": REFUSED}
    result = host.module()
    assert [(attempt["server"], attempt["outcome"]) for attempt in result.values["attempts"]] == [
        ("gfs1", "refused"),
        ("gfs2", "ok"),
        ("gfs2", "ok"),
    ]


def test_new_options_go_into_fstab_and_are_carried_out_only_where_asked_for(host):
    host.module()
    result = host.module(opts=["ro"])
    assert host.line() == host.expected_line(",ro")
    assert result.values["options_differ"] == ["--read-only"]
    (warning,) = result.warnings
    assert (
        "stays mounted with other options (--read-only); state: remounted or remount: true carries them out, in the role gluster_client_remount: true"
        in warning
    )
    result = host.module(opts=["ro"], remount=True)
    assert (result.changed, result.values["options_differ"], result.warnings) == (True, [], [])


def test_remounted_mounts_anew_and_leaves_fstab_alone(host):
    host.module()
    (before,) = host.machine.mounts
    result = host.module(state="remounted", opts=["ro"])
    assert result.changed
    assert before not in host.machine.mounts
    assert host.line() == host.expected_line()
    assert result.values["source"] == "gfs1:/web"


def test_present_writes_the_line_and_mounts_nothing(host):
    result = host.module(state="present")
    assert result.changed
    assert host.line() == host.expected_line()
    assert result.values["mount"]["state"] == "absent"
    assert (result.values["source"], result.values["server"]) == (None, None)
    assert (host.machine.asked, host.machine.left()) == ([], [])


def test_unmounted_unmounts_and_leaves_the_line_for_the_next_boot(host):
    host.module()
    assert host.module(state="unmounted").changed
    assert host.machine.left() == [host.path]
    assert host.line() == host.expected_line()


def test_absent_leaves_nothing(host):
    host.module(guard=True)
    result = host.module(state="absent")
    assert (result.changed, result.values["mount"]["state"], result.warnings) == (True, "absent", [])
    assert (host.machine.left(), host.line()) == ([], "")


def test_absent_removes_an_empty_mount_point_that_is_all_there_is_left(host):
    os.mkdir(host.path)
    assert host.module(state="absent").changed
    assert not os.path.exists(host.path)


@pytest.mark.parametrize("ends", [True, False])
def test_absent_ends_an_automount_and_does_not_look_into_it_which_would_mount(host, ends):
    os.mkdir(host.path)
    os.chmod(host.path, 0)
    trigger = host.machine.add_mount(fstype="autofs", source="systemd-1")
    assert host.module(state="absent", check=True).changed
    assert host.machine.mounts == [trigger]
    systemctl = host.machine.run

    def run(argv, timeout):
        if argv[0] == "systemctl" and ends:
            host.machine.mounts.remove(trigger)
            host.machine._write_mountinfo()
        return systemctl(argv, timeout)

    host.machine.change(run=run)
    result = host.module(state="absent")
    assert result.values["commands"] == [f"systemctl stop {mount_unit(host.path)[:-5]}automount"]
    assert result.changed == ends == (not os.path.exists(host.path))
    assert result.warnings == ([] if ends else [f"{host.path} was not removed: autofs from systemd-1 is mounted there"])


def test_absent_never_removes_a_file(host):
    (host.machine.parent / "web").mkdir()
    (host.machine.parent / "web" / "precious").touch()
    result = host.module(state="absent")
    assert not result.changed
    assert result.warnings == [f"{host.path} was not removed: it is not empty"]
    assert os.path.exists(f"{host.path}/precious")


def test_absent_leaves_a_file_in_the_place_of_the_mount_point(host):
    (host.machine.parent / "web").touch()
    assert not host.module(state="absent").changed
    assert os.path.exists(host.path)


def test_a_mount_point_that_cannot_be_removed_is_a_warning(host):
    def not_permitted(_path):
        raise PermissionError(1, "Operation not permitted")

    os.mkdir(host.path)
    host.machine.change(clear_guard=not_permitted)
    result = host.module(state="absent")
    assert not result.changed
    assert result.warnings == [f"{host.path} was not removed: Operation not permitted"]


def test_absent_leaves_the_directory_where_another_mount_namespace_has_the_mount_still(host):
    """With the directory the kernel would take the mount from whoever uses it there."""
    host.module()
    host.machine.kept = {host.machine.top(host.path).id}
    result = host.module(state="absent")
    assert (result.changed, host.line(), os.path.isdir(host.path)) == (True, "", True)
    assert f"{host.path} was not removed: a client of it lives on" in result.warnings[-1]
    again = host.module(state="absent")
    assert (again.changed, os.path.isdir(host.path)) == (False, True)


def test_absent_leaves_fstab_alone_where_the_mount_is_in_use(host):
    host.module()
    host.machine.add_user(77, "postgres", host.path)
    with pytest.raises(MountError, match="in use by postgres"):
        host.module(state="absent")
    assert host.line() == host.expected_line()


def test_absent_from_fstab_leaves_the_mount(host):
    host.module()
    result = host.module(state="absent_from_fstab")
    assert (result.changed, host.line(), result.values["mount"]["state"]) == (True, "", "healthy")
    assert result.values["fstab_line"] is None


# -- systemd


def test_systemd_reads_a_changed_fstab_again_and_only_then(tmp_path):
    host = Host(tmp_path, systemd=True)
    host.module(state="present")
    assert [argv[0] for argv in host.machine.ran] == ["busctl"]
    host.module(state="present")
    assert len(host.machine.ran) == 1


def test_a_systemd_that_does_not_read_it_is_a_warning(tmp_path):
    host = Host(tmp_path, systemd=True)
    host.machine.change(
        run=lambda argv, timeout: (
            host.machine.ended(argv, 1, stderr="Failed to connect to bus")
            if argv[0] in ("busctl", "systemctl")
            else host.machine.run(argv, timeout)
        )
    )
    result = host.module(state="present")
    assert result.changed
    assert result.warnings == [f"systemd has not read {host.fstab} again: Failed to connect to bus"]


# -- check mode and diff


def mount_and_line(host):
    host.module(boot=False)


@pytest.mark.parametrize("before", [lambda _host: None, mount_and_line], ids=["nothing there", "mounted"])
@pytest.mark.parametrize("state", STATES)
def test_check_mode_foresees_what_the_run_does_and_touches_nothing(host, before, state):
    before(host)
    text, left, asked = host.fstab.read_text(), host.machine.left(), len(host.machine.asked)
    foreseen = host.module(state=state, check=True)
    assert (host.fstab.read_text(), host.machine.left()) == (text, left)
    assert len(host.machine.asked) <= asked + 1, "at most whether a client hears from its server"
    assert host.machine.node.run.commands == []
    done = host.module(state=state)
    assert (foreseen.changed, foreseen.diff) == (done.changed, done.diff)


def test_the_diff_shows_our_line_before_and_after_and_no_other(host):
    host.module(boot=False)
    (diff,) = host.module().diff
    assert diff == {
        "before_header": str(host.fstab),
        "after_header": str(host.fstab),
        "before": host.expected_line(ours=",noauto"),
        "after": host.expected_line(),
    }


def test_check_mode_of_absent_sees_an_empty_directory_that_would_go(host):
    os.mkdir(host.path)
    assert host.module(state="absent", check=True).changed
    assert os.path.isdir(host.path)


def test_a_failed_client_of_a_remount_tells_what_it_said(host):
    host.module()
    host.machine.starts = [exits(64, stderr="glusterfs: unrecognized option '--x'")]
    with pytest.raises(MountError, match="unrecognized option"):
        host.module(state="remounted")


# -- fstab: failover


def failover_line(host, more="order=listed,noguard"):
    return f"gfs1,gfs2,gfs3:/web {host.path} glusterfs_failover _netdev,nofail,x-systemd.mount-timeout=150,{more} 0 0\n"


def test_failover_keeps_a_line_with_all_servers_and_the_limits_that_the_boot_shall_keep(host):
    result = host.module(fstab="failover", timeout_total=60.0, guard=True)
    assert result.changed
    assert host.line() == (
        f"gfs1,gfs2,gfs3:/web {host.path} glusterfs_failover _netdev,nofail,x-systemd.mount-timeout=90,order=listed,timeout-total=60 0 0\n"
    )
    assert result.values["source"] == "gfs1,gfs2,gfs3:/web", "as in fstab, so that mount -a knows it"
    again = host.module(fstab="failover", timeout_total=60.0, guard=True)
    assert not again.changed


def test_native_becomes_failover_in_place_and_back_and_the_mount_stays(host):
    host.module()
    started = len(host.machine.started())
    assert host.module(fstab="failover").changed
    assert host.line() == failover_line(host)
    host.module()
    assert host.line() == host.expected_line()
    assert len(host.machine.started()) == started


def test_in_a_random_order_another_order_of_the_same_servers_is_no_change(host):
    host.module(fstab="failover", order="random")
    assert not host.module(fstab="failover", order="random", servers=["gfs3", "gfs1", "gfs2"]).changed
    assert host.module(fstab="failover", order="random", servers=["gfs3", "gfs1"]).changed


@pytest.mark.parametrize("state", ["mounted", "present"])
def test_failover_without_the_helper_is_refused_before_anything_is_touched(host, state):
    host.machine.change(program=lambda name: None if name.startswith("mount.") else f"/usr/sbin/{name}")
    with pytest.raises(ValueError, match="needs mount.glusterfs_failover, which is not on this node; put it there by"):
        host.module(fstab="failover", state=state)
    assert host.line() == ""
    assert host.machine.left() == []
    assert host.module(fstab="failover", state=state, check=True).changed, "an earlier task would have put it there"


def test_absent_removes_the_line_of_failover_too(host):
    host.module(fstab="failover")
    assert host.module(state="absent").changed
    assert host.line() == ""


def test_the_option_that_covers_a_dead_mount_is_heard_by_the_task_and_kept_from_the_client(tmp_path):
    arguments = mount_arguments.check(params(path=str(tmp_path), opts=["x-failover.cover"]))
    assert arguments.spec.cover
    assert arguments.spec.options.flags == ()


# -- a failure tells whether something stays changed


def test_a_try_that_was_undone_is_no_change(host):
    host.machine.starts = [exits(64, stderr="glusterfs: unrecognized option '--x'")]
    with pytest.raises(MountError, match="unrecognized option"):
        host.module()
    assert (host.changed, host.machine.left()) == (False, [])
    assert host.machine.node.run.commands


def test_a_mount_that_is_gone_since_the_new_one_failed_is_a_change(host):
    host.module()
    host.machine.starts = [exits(64, stderr="glusterfs: unrecognized option '--x'")]
    with pytest.raises(MountError, match="unrecognized option"):
        host.module(state="remounted")
    assert (host.changed, host.machine.mounts) == (True, [])


def test_a_dead_mount_that_stays_since_no_server_answers_is_no_change(host):
    host.module()
    host.machine.client_dies(host.machine.mounts[0])
    host.machine.says = dict.fromkeys(("gfs1", "gfs2", "gfs3"), REFUSED)
    with pytest.raises(MountError):
        host.module()
    assert not host.changed


def test_a_failure_in_check_mode_is_no_change(host):
    host.module()
    host.machine.add_user(77, "postgres", host.path)
    for check in (True, False):
        with contextlib.suppress(MountError):
            host.module(state="unmounted", check=check)
        assert not host.changed


def test_what_was_unmounted_stays_a_change_although_fstab_could_not_be_written(host, monkeypatch):
    host.module()

    def refuse(_file, _change):
        raise FstabError("the disk is full")

    monkeypatch.setattr(Fstab, "update", refuse)
    with pytest.raises(FstabError, match="full"):
        host.module(state="absent")
    assert (host.changed, host.line()) == (True, host.expected_line())


def test_a_link_is_followed_where_a_task_names_it_and_not_where_a_line_of_ours_keeps_the_mount(host):
    machine = host.machine
    machine.parent.joinpath("real").mkdir()
    os.symlink("real", host.path)
    run = machine.node.host.run

    def told(argv, timeout):
        done = run(argv, timeout)
        link = "-c" in argv and argv[-2] == "place" and argv[-1] == host.path
        return done._replace(stdout=done.stdout + "('link', 0, ('', True))\n") if link else done

    machine.change(run=told)
    assert host.module().values["mount"]["path"] == f"{machine.parent}/real"
    host.fstab.write_text(ROOT_LINE + f"gfs1:/web {host.path} glusterfs_failover _netdev 0 0\n")
    with pytest.raises(MountError, match="is a symbolic link"):
        host.module()


# -- a subdirectory that is made


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"subdir_create": True}, "there is no subdir to make"),
        ({"subdir": "/", "subdir_create": True}, "there is no subdir to make"),
        (
            {"subdir": "a", "subdir_owner": "root"},
            "subdir_owner: it is for a subdir that is made; write subdir_create: true",
        ),
        ({"subdir": "a", "subdir_create": True, "subdir_mode": 488}, "subdir_mode 488: must be a mode in octal digits"),
        (
            {"subdir": "a", "subdir_create": True, "subdir_owner": "no-such-user"},
            "subdir_owner 'no-such-user': no user",
        ),
        ({"subdir": "a", "subdir_create": True, "via": "container"}, "subdir_create: true needs the host's client"),
    ],
)
def test_a_subdirectory_to_be_made_is_checked_before_anything_is_touched(changes, message):
    with pytest.raises(ValueError, match=message):
        mount_arguments.check(params(**changes))


def test_check_mode_says_that_a_subdirectory_would_be_made_if_the_volume_does_not_have_it(host):
    arguments = {"subdir": "a/b", "subdir_create": True, "subdir_owner": "7", "subdir_mode": "0750"}
    result = host.module(check=True, **arguments)
    assert (result.changed, result.values["subdir_created"]) == (True, None)
    said = "a/b: directory, owner 7, group 0, mode 0750 (if the volume does not have it)\n"
    assert result.diff[-1] == {"before_header": "volume web", "after_header": "volume web", "before": "", "after": said}
    done = host.module(**arguments)
    assert (done.changed, done.values["subdir_created"], len(done.diff)) == (True, False, 1), "the volume has it"
    again = host.module(check=True, **arguments)
    assert (again.changed, again.values["subdir_created"], len(again.diff)) == (False, False, 1)


# -- names that lead nowhere


@pytest.mark.parametrize("check", [True, False])
def test_a_server_whose_name_has_no_address_is_told_though_the_mount_does_without_it(host, check):
    host.machine.nameless["gfs3"] = socket.EAI_NONAME
    said = [text for text in host.module(check=check).warnings if "no address" in text]
    assert said == [
        "servers: gfs3: no address on this host, so that a mount goes by the others alone; see the name, /etc/hosts and the DNS"
    ]
    host.module()
    again = host.module(check=check)
    assert (again.changed, len(again.warnings)) == (False, 1), "of a mount that is there, too"


def test_a_name_that_cannot_be_looked_up_now_is_no_mistake(host):
    host.machine.nameless["gfs3"] = socket.EAI_AGAIN
    assert host.module().warnings == []
