# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import signal

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import client, client_log
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.attempt import Outcome
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.server import Server
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.process import Completed
from ansible_collections.evenkeel.glusterfs.tests.unit.fakes import FakeClock, FakeProc

PATH = "/srv/web"
SERVERS = (Server("gfs2"), Server("gfs1"), Server("gfs3"))


@pytest.fixture
def proc(tmp_path):
    return FakeProc(tmp_path)


def argv(path=PATH, *more):
    return ("/usr/sbin/glusterfs", "--volfile-server=gfs1", "--volfile-id=/web", *more, path)


# -- the command line


def test_the_chosen_server_comes_first_and_the_others_behind_it():
    line = client.command(SERVERS, "web", "", PATH, "gfs1:/web", ())
    assert [word for word in line if "volfile-server" in word] == [
        f"--volfile-server={name}" for name in ("gfs2", "gfs1", "gfs3")
    ]
    assert line[-1] == PATH


def test_servers_on_another_port_than_the_first_are_left_out_since_the_client_would_ask_them_at_the_wrong_one():
    line = client.command((Server("gfs2", 24008), Server("gfs1"), Server("gfs3", 24008)), "web", "", PATH, "s", ())
    assert [word for word in line if "volfile-server" in word] == [
        "--volfile-server=gfs2",
        "--volfile-server=gfs3",
        "--volfile-server-port=24008",
    ]


def test_a_client_of_ipv6_gets_the_servers_that_it_can_come_to_in_the_spelling_of_its_release():
    servers = (Server("fd00:6::1"), Server("gfs2"), Server("192.0.2.3"), Server("fd00:6::4"))
    for release, after in ((10, ""), (11, ":24007")):
        line = client.command(servers, "web", "", PATH, "s", (), family="inet6", release=release)
        assert [word for word in line if word.startswith(("--volfile-server", "--xlator"))] == [
            f"--volfile-server=fd00:6::1{after}",
            "--volfile-server=gfs2",
            f"--volfile-server=fd00:6::4{after}",
            "--xlator-option=transport.address-family=inet6",
        ]


def test_a_family_that_the_options_name_is_said_once():
    family = "--xlator-option=transport.address-family=inet6"
    line = client.command(SERVERS, "web", "", PATH, "s", (family,), family="inet6")
    assert line.count(family) == 1


def test_a_client_of_ipv4_is_told_no_family_and_no_address_of_ipv6():
    line = client.command((Server("gfs1"), Server("fd00:6::2")), "web", "", PATH, "s", (), release=11)
    assert [word for word in line if word.startswith(("--volfile-server", "--xlator"))] == ["--volfile-server=gfs1"]


@pytest.mark.parametrize(
    ("words", "servers"),
    [
        (("--volfile-server=fd00:6::1:24007", "--volfile-server=gfs2"), (Server("fd00:6::1"), Server("gfs2"))),
        (("--volfile-server=fd00:6::1", "--volfile-server=gfs2"), (Server("fd00:6::1"), Server("gfs2"))),
        (("--volfile-server=fd00:6::1:24008", "--volfile-server-port=24008"), (Server("fd00:6::1", 24008),)),
    ],
)
def test_the_servers_of_a_running_client_are_read_in_the_spelling_of_each_release(words, servers):
    assert client.Client(1, 1, ("glusterfs", *words, PATH)).servers == servers


def test_subdirectory_options_and_source_reach_the_client():
    line = client.command(SERVERS, "web", "sites/one", PATH, "gfs1:/web/sites/one", ("--read-only",))
    assert {"--subdir-mount=/sites/one", "--read-only"} < set(line)
    assert "--fs-display-name=gfs1:/web" in line, "the client adds the subdirectory by itself"
    assert "--fs-display-name=gfs1:/web" in client.command(SERVERS, "web", "a/b", PATH, "gfs1:/web/a/b/", ())


def test_the_users_log_file_is_the_only_one():
    line = client.command(SERVERS, "web", "", PATH, "s", ("--log-file=/l",))
    assert [word for word in line if "log-file" in word] == ["--log-file=/l"]


def test_the_log_is_where_mount_glusterfs_puts_it():
    assert client.log_file("/srv/a b/c") == "/var/log/glusterfs/srv-a b-c.log"


def test_a_path_longer_than_a_file_name_has_a_log_of_its_own(tmp_path):
    deep = "/srv" + "/größe" * 40
    names = {os.path.basename(client.log_file(path)) for path in (deep, f"{deep}/a", f"{deep}/b")}
    assert len(names) == 3
    for name in names:
        (tmp_path / name).touch()


def test_the_client_runs_in_a_scope_that_outlives_its_mount_at_shutdown():
    line = client.scoped(argv(), "glusterfs-1")
    assert os.path.basename(line[0]) == "systemd-run"
    assert set(line[1 : line.index("--")]) == {
        "--scope",
        "--quiet",
        "--collect",
        "--unit=glusterfs-1",
        "--slice=system.slice",
        "--property=Before=srv-web.mount",
        "--description=GlusterFS client of /srv/web",
    }
    assert line[line.index("--") + 1 :] == argv()


def test_a_path_too_long_for_a_unit_is_mounted_all_the_same():
    line = client.scoped(argv("/" + "x" * 300), "glusterfs-1")
    assert not any("Before" in word for word in line)


# -- finding it


def test_an_option_that_mount_glusterfs_of_release_11_hands_over_as_two_words_is_the_same_option(proc):
    family = "transport.address-family=inet6"
    proc.add(10, ("/usr/sbin/glusterfs", "--xlator-option", family, "--volfile-server=gfs1", "--volfile-id=/web", PATH))
    (found,) = client.find(PATH, proc.root)
    assert found.flags == {f"--xlator-option={family}"}


def test_clients_of_this_path_are_found_oldest_first(proc):
    proc.add(30, argv(), started=700)
    proc.add(20, argv(), started=900)
    assert [found.pid for found in client.find(PATH, proc.root)] == [30, 20]


@pytest.mark.parametrize(
    "other",
    [
        {"argv": argv("/srv/web2")},
        {"argv": ("/usr/sbin/glusterfsd", "-s", "gfs1", PATH)},
        {"argv": ("tail", PATH)},
        {"argv": argv(), "namespace": "mnt:[2]"},
        {"argv": argv(), "state": "Z"},
        {"argv": ()},
        {"argv": argv(), "uids": (1000, 1000, 1000, 1000)},
        {"argv": argv(), "uids": (1000, 0, 0, 0)},
        {"argv": argv(), "uids": (1000, 1000, 1000, 1000), "name": "x\\nUid:\t0\t0\t0\t0"},
        {"argv": argv(), "exe": "/usr/bin/sudo"},
        {"argv": argv(), "exe": "/tmp/glusterfsd"},
        {"argv": argv(f"{client.STAGING}{PATH}"), "namespace": "mnt:[2]", "uids": (1000, 1000, 1000, 1000)},
        {"argv": argv(f"{client.STAGING}{PATH}"), "namespace": "mnt:[2]", "exe": "/bin/sleep"},
    ],
    ids=[
        "other path",
        "brick",
        "other program",
        "other mount namespace",
        "zombie",
        "kernel thread",
        "a user's",
        "set-uid",
        "a name with a line in it",
        "root's that lets its caller name it",
        "in a folder that anybody writes to",
        "a user's container",
        "a container's other program",
    ],
)
def test_nobody_elses_process_is_taken_for_the_client(proc, other):
    proc.add(10, **other)
    assert client.find(PATH, proc.root) == ()


def test_a_client_where_administrators_install_programs_is_found(proc, tmp_path):
    """Debian's /usr/local/sbin is of group staff and may be written by it."""
    (tmp_path / "sbin").mkdir(mode=0o775)
    (tmp_path / "sbin").chmod(0o775)
    proc.add(10, argv(), exe=f"{tmp_path}/sbin/glusterfsd")
    assert [found.pid for found in client.find(PATH, proc.root)] == [10]


def test_no_memory_of_others_is_read_to_find_a_client(proc):
    """A process that waits for a file system that hangs can make all wait who read its command line."""
    proc.add(10, argv())
    proc.add(11, argv(), exe="/usr/bin/postgres")
    (proc.path / "11" / "cmdline").unlink()
    os.mkfifo(proc.path / "11" / "cmdline")
    assert [found.pid for found in client.find(PATH, proc.root)] == [10]


def test_a_client_in_a_container_that_mounts_here_is_found(proc):
    proc.add(10, argv(f"{client.STAGING}{PATH}"), namespace="mnt:[2]")
    proc.add(11, argv(f"{client.STAGING}{PATH}"))
    (found,) = client.find(PATH, proc.root)
    assert (found.pid, found.contained) == (10, True)


def test_the_hosts_clients_are_found_from_a_unit_with_a_mount_namespace_of_its_own(proc):
    (proc.path / "1" / "ns").mkdir(parents=True)
    (proc.path / "1" / "ns" / "mnt").symlink_to("mnt:[2]")
    proc.add(10, argv(), namespace="mnt:[2]")
    proc.add(11, argv(), namespace="mnt:[3]")
    (found,) = client.find(PATH, proc.root)
    assert (found.pid, found.contained) == (10, False)


@pytest.mark.parametrize(("connection", "found"), [("41", 1), (None, 0)])
def test_a_process_of_a_pod_is_a_client_only_where_the_kernel_says_so(proc, connection, found):
    proc.add(10, argv(f"{client.STAGING}{PATH}"), namespace="mnt:[2]", connection=connection)
    (proc.path / "10" / "cgroup").write_text("0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-1.scope\n")
    assert len(client.find(PATH, proc.root)) == found


def test_a_process_that_ends_while_it_is_looked_at_is_no_error(proc):
    (proc.path / "77").mkdir()
    assert client.find(PATH, proc.root) == ()


def test_of_two_clients_of_a_path_the_one_with_the_mounts_connection_serves_it(proc):
    proc.add(10, argv(), started=1, connection="41")
    proc.add(11, argv(), started=2, connection="42")
    found = client.find(PATH, proc.root)
    assert client.serving(found, "0:41").pid == 10
    assert client.serving(found, "0:43") is None


def test_on_an_old_kernel_the_newest_client_serves_the_mount(proc):
    proc.add(10, argv(), started=1)
    proc.add(11, argv(), started=2)
    assert client.serving(client.find(PATH, proc.root), "0:41").pid == 11


def test_a_process_without_a_connection_serves_no_mount(proc):
    """A client whose mount is gone, or one that only claims to be one."""
    proc.add(10, argv(), started=1)
    proc.add(11, argv(), started=2, fuse=False)
    assert client.serving(client.find(PATH, proc.root), "0:41").pid == 10
    proc.remove(10)
    assert client.serving(client.find(PATH, proc.root), "0:41") is None


def test_a_client_that_ends_while_its_connection_is_looked_up_is_no_error(proc):
    proc.add(10, argv(), connection="41")
    (proc.path / "10" / "fdinfo" / "90").unlink()
    (found,) = client.find(PATH, proc.root)
    assert found.connection == ""


def test_volume_subdirectory_and_flags_are_read_from_the_command_line(proc):
    proc.add(10, argv(PATH, "--subdir-mount=/sites/one", "--process-name", "fuse", "--read-only", "--log-file=/l"))
    (found,) = client.find(PATH, proc.root)
    assert (found.volume, found.subdir, found.flags) == ("web", "sites/one", {"--read-only"})


# -- ending it


def test_a_client_is_ended_and_waited_for(proc):
    proc.add(10, argv())
    sent = []

    def kill(pid, number):
        sent.append((pid, number))
        proc.remove(pid)

    assert client.end(client.find(PATH, proc.root), FakeClock(), kill, proc.root)
    assert sent == [(10, signal.SIGKILL)]


def test_a_client_that_does_not_end_is_not_waited_for_without_limit(proc):
    proc.add(10, argv())
    clock = FakeClock()
    assert not client.end(client.find(PATH, proc.root), clock, lambda *_kill: None, proc.root)
    assert clock.now() < 5


def test_a_later_process_with_the_same_number_is_not_killed(proc):
    proc.add(10, argv(), started=1)
    found = client.find(PATH, proc.root)
    proc.remove(10)
    proc.add(10, argv(), started=2)
    assert client.end(found, FakeClock(), lambda *_kill: pytest.fail("killed a stranger"), proc.root)


def test_a_client_that_ends_by_itself_just_now_is_no_error(proc):
    proc.add(10, argv())

    def kill(pid, _number):
        proc.remove(pid)
        raise ProcessLookupError

    assert client.end(client.find(PATH, proc.root), FakeClock(), kill, proc.root)


# -- the server in use

TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0A00000A:C001 0B00000A:5DC7 01 00000000:00000000 02:000 00000000     0        0 900 2 0 20 4 0 10 -1
   1: 0A00000A:C002 0C00000A:5DC7 01 00000000:00000000 02:000 00000000     0        0 800 2 0 20 4 0 10 -1
   2: 0A00000A:C003 0D00000A:5DC7 06 00000000:00000000 02:000 00000000     0        0 700 2 0 20 4 0 10 -1
   3: 0A00000A:C004 0E00000A:C000 01 00000000:00000000 02:000 00000000     0        0 600 2 0 20 4 0 10 -1
   4: 0A00000A:C005 0F00000A:5DC7 01 00000000:00000000 02:000 00000000     0        0 500 2 0 20 4 0 10 -1
"""
TCP6 = """\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:C001 000080FE00000000FF005450B6AD1DFE:5DC7 01 0:0 0:0 0 0 0 300 1
   1: 00000000000000000000000001000000:C001 0000000000000000FFFF00000100000A:5DC8 01 0:0 0:0 0 0 0 301 1
"""


def test_the_server_in_use_is_told_by_the_first_descriptor_for_inode_numbers_come_in_any_order(proc):
    proc.add(10, argv(), sockets=(700, 600, 800, 900), tcp=TCP)
    (found,) = client.find(PATH, proc.root)
    assert client.connected_to(found, 24007, proc.root) == "10.0.0.12"


def test_a_connection_by_which_nothing_has_come_is_not_taken_for_that_to_the_server_in_use(proc):
    """One to a frozen glusterd, made anew, may have a lower descriptor."""
    proc.add(10, argv(), sockets=(700, 600, 800, 900), tcp=TCP)
    (found,) = client.find(PATH, proc.root)
    first = client.connected_to(found, 24007, proc.root)
    others = {
        client.connected_to(found, 24007, proc.root, lambda _port, inode=inode: {inode})
        for inode in (600, 700, 800, 900)
    }
    assert len(others - {first}) == 1
    assert client.connected_to(found, 24007, proc.root, lambda _port: {600, 700, 800, 900}) == first


def test_the_server_in_use_may_be_reached_by_ipv6(proc):
    proc.add(10, argv(), sockets=(300, 301), tcp6=TCP6)
    (found,) = client.find(PATH, proc.root)
    assert client.connected_to(found, 24007, proc.root) == "fe80::5054:ff:fe1d:adb6"
    assert client.connected_to(found, 24008, proc.root) == "10.0.0.1"


def test_a_kernel_without_ipv6_is_no_error(proc):
    proc.add(10, argv(), sockets=(800, 900), tcp=TCP)
    (proc.path / "10" / "net" / "tcp6").unlink()
    (found,) = client.find(PATH, proc.root)
    assert client.connected_to(found, 24007, proc.root) == "10.0.0.12"


def test_no_server_is_named_where_no_connection_stands(proc):
    proc.add(10, argv())
    (found,) = client.find(PATH, proc.root)
    assert client.connected_to(found, 24007, proc.root) is None
    proc.remove(10)
    assert client.connected_to(found, 24007, proc.root) is None


# -- why it gave up

LOG = """\
[2026-11-23 15:05:52.402054 +0000] W [MSGID: 114043] [client-handshake.c:726:client_setvolume_cbk] 0-web-client-1: failed to set the volume [{errno=2}]
[2026-11-23 15:05:52.402076 +0000] E [MSGID: 114044] [client-handshake.c:756:client_setvolume_cbk] 0-web-client-1: SETVOLUME on remote-host failed \
[{remote-error=subdirectory for mount "/nodir" is not found}, {errno=2}, {error=No such file or directory}]
    option password hunter2
[2026-11-23 15:05:52.402992 +0000] E [fuse-bridge.c:6552:notify] 0-fuse: Server authentication failed. Shutting down.
"""


def test_only_what_the_log_says_since_the_try_began_counts(tmp_path):
    path = tmp_path / "log"
    path.write_text("[2026-11-23 15:05:51.0 +0000] E [a.c:1:f] 0-fuse: an old story\n")
    mark = client_log.Log.mark(str(path))
    with path.open("a") as file:
        file.write(LOG)
    errors = mark.errors()
    assert not any("old story" in error for error in errors)
    assert errors[-1] == "Server authentication failed. Shutting down."
    assert not any("hunter2" in error for error in errors)


def test_a_log_that_is_not_there_tells_nothing(tmp_path):
    assert client_log.Log.mark(f"{tmp_path}/none").errors() == []


def ended(rc, stderr=""):
    return Completed(("glusterfs",), rc, "", stderr, 0.1)


@pytest.mark.parametrize(
    ("done", "errors", "outcome", "detail"),
    [
        (
            ended(0),
            ['SETVOLUME failed [{remote-error=subdirectory for mount "/x" is not found}, {errno=2}]'],
            Outcome.FATAL,
            "subdirectory",
        ),
        (ended(1), ["SETVOLUME failed [{remote-error=Authentication failed}]"], Outcome.FATAL, "Authentication failed"),
        (ended(0), ["mount of gfs1:web to /m (relatime) failed"], Outcome.FATAL, "the kernel refused"),
        (
            ended(1),
            [
                "cannot open /dev/fuse (No such file or directory)",
                "Initialization of volume failed. review your volfile",
            ],
            Outcome.FATAL,
            "cannot open /dev/fuse",
        ),
        (
            ended(1),
            [
                "Unable to create/delete temporary file [{create template=/tmp/glfs.volfile.x}]",
                "failed to fetch volume",
            ],
            Outcome.FATAL,
            "/tmp/glfs",
        ),
        (ended(1), ["failed to fetch volume file (key:web)"], Outcome.CLIENT_FAILED, "whether that is full"),
        (
            ended(1),
            ["failed to get the 'volume file' from server", "failed to fetch volume file (key:web)"],
            Outcome.CLIENT_FAILED,
            "(key:web)",
        ),
        (ended(64, "glusterfs: unrecognized option '--x'\nTry --help"), [], Outcome.FATAL, "unrecognized option"),
        (ended(255, "glusterfs: unknown log level"), [], Outcome.FATAL, "unknown log level"),
        (ended(127, "glusterfs: not found"), [], Outcome.FATAL, "install the GlusterFS client"),
        (ended(2), ["failed to fetch volume file"], Outcome.NO_VOLUME, "failed to fetch"),
        (ended(107), [], Outcome.CLIENT_FAILED, "exited 107"),
        (ended(1), ["first lookup on root failed"], Outcome.CLIENT_FAILED, "first lookup"),
        (ended(1), ["x [{remote-error=Brick not ready}]", "y"], Outcome.CLIENT_FAILED, "Brick not ready"),
    ],
)
def test_what_the_end_of_a_client_means(done, errors, outcome, detail):
    judged = client_log.judge(done, errors)
    assert judged[0] is outcome
    assert detail in judged[1]
