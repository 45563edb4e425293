# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/first-hour.md from its beginning to its end, as one follows it. Each test stands on the one before it. Now the oldest ansible-core runs, now the
newest: what one of them has done the other finds done."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab import eventually, podman
from ansible_collections.evenkeel.glusterfs.tests.pages.fleet import CLIENTS
from ansible_collections.evenkeel.glusterfs.tests.pages.newcomer import FOLDER
from ansible_collections.evenkeel.glusterfs.tests.pages.page import FIRST_HOUR, sections

BEGINNING = {"/srv/web": "healthy", "/srv/shop": "healthy"}
HEAL_SECONDS = 180


def programs(host):
    """Those that the roles bring, or that become would need."""
    return [path for path in ("/usr/sbin/glusterd", "/usr/sbin/glusterfs", "/usr/bin/sudo") if host.exists(path)]


def states(host):
    """The state of each mount of a client, by its path."""
    return {row["path"]: row["state"] for row in host.statuses()}


def mounted(host, path):
    """The volume that is mounted on a path of a host; nothing where there is none."""
    return host.run("findmnt", "--noheadings", "--output", "SOURCE", "--mountpoint", path, check=False).strip()


def test_the_hosts_are_blank(newcomer):
    for host in (*newcomer.servers, *newcomer.clients):
        assert not programs(host)
        assert host.python("import importlib.util; print(importlib.util.find_spec('cryptography'))").strip() == "None"


def test_a_look_before_the_first_run_changes_nothing(newcomer):
    newcomer.core = "oldest"
    newcomer.start_over()
    assert newcomer.follow("Write the inventory") == []
    (run,) = newcomer.follow("Look first")
    run.succeeded()
    assert min(run.changed[newcomer.name(page)] for page in ("gfs1", "gfs2", "gfs3", *CLIENTS)) > 0
    for host in (*newcomer.servers, *newcomer.clients):
        assert not programs(host)
        assert not host.exists("/bricks")
        assert not host.exists("/srv/web")
    assert not newcomer.controller.exists(f"{FOLDER}/gluster-authority")


def test_the_first_run_goes_through_to_the_end(newcomer):
    (run,) = newcomer.follow("Run it")
    run.succeeded()
    for client in newcomer.clients:
        assert states(client) == BEGINNING


def test_what_the_page_says_to_look_at_is_there(newcomer):
    status, mount, pool, volume = newcomer.follow("Check it")
    assert status.rc == mount.rc == pool.rc == volume.rc == 0
    assert "healthy" in status.text
    assert all(newcomer.name(page) in pool.text for page in ("gfs2", "gfs3"))
    assert "Volume web is not started" not in volume.text


def test_servers_and_clients_speak_tls(newcomer):
    for host in (*newcomer.servers[:3], *newcomer.clients):
        assert host.exists("/var/lib/glusterd/secure-access")
    assert "server.ssl: on" in newcomer.host("gfs1").run("gluster", "volume", "info", "web")


def test_the_disks_have_xfs_and_the_firewall_lets_gluster_in_from_the_network_alone(newcomer):
    for server in newcomer.servers[:3]:
        assert server.run("findmnt", "--noheadings", "--output", "FSTYPE", "/bricks/one").strip() == "xfs"
        rules = server.run("nft", "list", "chain", "inet", "filter", "input")
        assert "24007" in rules
        assert newcomer.fleet.network in rules


def test_a_second_run_changes_nothing(newcomer):
    newcomer.core = "newest"
    (run,) = newcomer.follow("Run it")
    run.succeeded()
    assert set(run.changed.values()) == {0}, run.text


def test_a_mount_is_added(newcomer):
    (run,) = newcomer.follow("Change it")
    run.succeeded()
    for client in newcomer.clients:
        assert states(client) == {**BEGINNING, "/srv/mail": "healthy"}


def test_a_mount_is_taken_away(newcomer):
    newcomer.clients[0].run("sh", "-c", "echo kept >/srv/mail/letter")
    (run,) = newcomer.follow("Take a mount away")
    run.succeeded()
    for client in newcomer.clients:
        assert states(client) == BEGINNING
        assert "/srv/mail" not in client.run("cat", "/etc/fstab")
    assert newcomer.host("gfs1").run("cat", "/bricks/one/mail/letter") == "kept\n"


def test_an_option_is_changed(newcomer):
    (run,) = newcomer.follow("Change an option")
    run.succeeded()
    assert "network.ping-timeout: 20" in newcomer.host("gfs1").run("gluster", "volume", "info", "web")
    for client in newcomer.clients:
        assert "noatime" in client.run("findmnt", "--noheadings", "--output", "OPTIONS", "/srv/web")


def test_some_hosts_only(newcomer):
    for run in newcomer.follow("Some hosts only"):
        run.succeeded()
        assert set(run.changed.values()) == {0}, run.text


def test_clients_are_served_while_a_server_is_down(newcomer):
    podman("kill", newcomer.host("gfs3").container)
    client = newcomer.clients[0]
    client.run("sh", "-c", "echo written meanwhile >/srv/web/meanwhile", timeout=120)
    (run,) = newcomer.follow("A server is down")
    run.succeeded()


def test_another_server_takes_its_place(newcomer):
    newcomer.core = "oldest"
    replaced, site = newcomer.follow("Replace a server")
    replaced.succeeded()
    site.succeeded()
    pool = newcomer.host("gfs1").run("gluster", "pool", "list")
    assert newcomer.name("gfs4") in pool
    assert newcomer.name("gfs3") not in pool
    assert newcomer.host("gfs4").run("cat", "/bricks/one/web/meanwhile") == "written meanwhile\n"
    for client in newcomer.clients:
        assert states(client) == BEGINNING
        assert newcomer.name("gfs3") not in client.run("cat", "/etc/fstab")


def test_an_upgrade_without_newer_packages_changes_nothing(newcomer):
    newcomer.core = "newest"
    (run,) = newcomer.follow("Upgrade")
    run.succeeded()


def test_certificates_are_renewed_while_clients_go_on(newcomer):
    newcomer.core = "oldest"
    before = [host.run("cat", "/usr/lib/ssl/glusterfs.pem") for host in newcomer.clients]
    (run,) = newcomer.follow("Renew certificates")
    run.succeeded()
    assert all(host.run("cat", "/usr/lib/ssl/glusterfs.pem") != pem for host, pem in zip(newcomer.clients, before))
    for client in newcomer.clients:
        eventually(lambda client=client: states(client) == BEGINNING, HEAL_SECONDS, f"{client.name} is well")


def test_a_volume_gets_another_name(newcomer):
    newcomer.core = "newest"
    both, copied, moved, deleted = newcomer.follow("Rename a volume")
    assert copied.rc == 0
    for run in (both, moved, deleted):
        run.succeeded()
    for client in newcomer.clients:
        assert mounted(client, "/srv/web").endswith("/site") or "site" in mounted(client, "/srv/web")
        assert states(client) == BEGINNING
    assert newcomer.clients[1].run("cat", "/srv/web/meanwhile") == "written meanwhile\n"


def test_a_client_is_taken_away(newcomer):
    newcomer.core = "oldest"
    (run,) = newcomer.follow("Take it away")
    run.succeeded()
    client = newcomer.host("web3")
    assert not mounted(client, "/srv/web")
    assert "glusterfs" not in client.run("cat", "/etc/fstab")
    assert not client.exists("/usr/sbin/mount.glusterfs_failover")


@pytest.mark.parametrize("title", sections(FIRST_HOUR.read_text()))
def test_no_section_is_left_out(newcomer, title):
    assert title in newcomer.followed or not [
        block for block in newcomer.sections[title] if block.file or block.prompts or block.commands
    ]
