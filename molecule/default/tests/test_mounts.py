# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a node looks like after converge.yml has run, twice."""

from __future__ import annotations

import pytest

SERVERS = {"gfs1", "gfs2", "gfs3"}


def client(node, path):
    """Number of the client process that serves a mount point."""
    (process,) = [process for process in node.process.filter(comm="glusterfs") if process.args.endswith(f" {path}")]
    return process.pid


def servers_in_use(node, path):
    """The servers to whose glusterd the client is connected, as the kernel tells."""
    sockets = node.check_output("ss -Htnp state established dport = 24007").splitlines()
    addresses = [line.split()[3].rpartition(":")[0] for line in sockets if f"pid={client(node, path)}," in line]
    return {name for name in SERVERS if node.addr(name).ipv4_addresses[0] in addresses}


@pytest.mark.parametrize("path", ["/srv/web", "/srv/site1", "/srv/pages"])
def test_each_volume_is_mounted_once_and_by_glusterfs(node, path):
    mounts = [line.split() for line in node.check_output("cat /proc/mounts").splitlines()]
    assert [mount[2] for mount in mounts if mount[1] == path] == ["fuse.glusterfs"]
    assert len(servers_in_use(node, path)) == 1


def test_a_preferred_server_is_the_one_in_use(node):
    assert servers_in_use(node, "/srv/pages") == {"gfs2"}


def test_fstab_has_one_line_a_mount_with_all_servers_and_none_where_none_is_wanted(node):
    lines = [line.split() for line in node.file("/etc/fstab").content_string.splitlines() if "glusterfs" in line]
    assert sorted(line[1] for line in lines) == ["/srv/site1", "/srv/web"]
    for source, _path, kind, options, _dump, _order in lines:
        first, volume = source.split(":/")
        (others,) = [word.split("=")[1] for word in options.split(",") if word.startswith("backup-volfile-servers=")]
        assert {first, *others.split(":")} == SERVERS
        assert kind == "glusterfs"
        assert volume in ("web", "web/site1")
        assert {"_netdev", "nofail", "x-systemd.mount-timeout=120"} <= set(options.split(","))


@pytest.mark.parametrize(
    ("written", "read"),
    [("/srv/web/a", "/srv/web/a"), ("/srv/web/site1/b", "/srv/site1/b"), ("/srv/pages/c", "/srv/pages/c")],
)
def test_a_file_written_on_one_node_is_read_on_the_other(nodes, written, read):
    nodes["node1"].check_output(f"echo 'for all' > {written}")
    assert nodes["node2"].check_output(f"cat {read}") == "for all"


def test_a_mount_that_is_read_only_takes_no_file(node):
    assert "Read-only file system" in node.run("touch /srv/site1/file").stderr


def test_the_client_outlives_what_started_the_module(node):
    """It lives in a scope of its own: a client in the cgroup of a service, a timer or a login would end with that."""
    for path in ("/srv/web", "/srv/pages"):
        assert "/system.slice/" in node.check_output(f"cat /proc/{client(node, path)}/cgroup")
