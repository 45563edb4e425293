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


def name_the_disks(host):
    """What udev does where there is one."""
    host.run(
        "sh",
        "-ec",
        "mkdir -p /dev/disk/by-uuid; ln -sfn ../../vdb /dev/disk/by-uuid/$(blkid --probe --output value --match-tag UUID /dev/vdb)",
    )


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
    newcomer.clients[0].run("sh", "-c", "echo written meanwhile >/srv/web/meanwhile", timeout=120)
    everywhere, without = newcomer.follow("A server is down")
    assert everywhere.rc != 0
    assert newcomer.name("gfs3") in everywhere.text.partition("Not done on servers")[2]
    assert not everywhere.unwell & {newcomer.name(page) for page in CLIENTS}, everywhere.text
    # The name of a container that does not run has no address, of which clients warn.
    assert (without.rc, without.unwell) == (0, set()), without.text


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
    both, copied, without, moved, deleted = newcomer.follow("Rename a volume")
    assert copied.rc == 0
    for run in (both, without, moved, deleted):
        run.succeeded()
    for client in newcomer.clients:
        assert mounted(client, "/srv/web").endswith("/site") or "site" in mounted(client, "/srv/web")
        assert states(client) == BEGINNING
    assert newcomer.clients[1].run("cat", "/srv/web/meanwhile") == "written meanwhile\n"


def test_a_client_is_taken_away(newcomer):
    newcomer.core = "oldest"
    (run,) = newcomer.follow("Take a client away")
    run.succeeded()
    assert traces(newcomer.host("web3")) == []


def traces(host):
    """What the collection has left on a host that was a client."""
    made = [*map(str.strip, host.run("grep", "glusterfs", "/proc/mounts", "/etc/fstab", check=False).splitlines())]
    paths = [
        "/usr/sbin/mount.glusterfs_failover",
        "/var/lib/glusterd/secure-access",
        "/usr/lib/ssl/glusterfs.key",
        "/usr/lib/ssl/glusterfs.pem",
    ]
    paths += ["/etc/systemd/system/gluster-failover-heal.timer", "/etc/logrotate.d/evenkeel-glusterfs-client"]
    return made + [path for path in paths if host.exists(path)]


def test_a_server_that_was_dead_is_taken_away_when_it_is_back(newcomer):
    podman("start", newcomer.host("gfs3").container)
    eventually(lambda: newcomer.host("gfs3").active("ssh.service"), 60, "the dead server is back")
    name_the_disks(newcomer.host("gfs3"))
    (run,) = newcomer.follow("Take a server away")
    run.succeeded()
    server = newcomer.host("gfs3")
    assert not server.active("glusterd")
    assert not server.exists("/var/lib/glusterd/glusterd.info")
    assert newcomer.name("gfs3") not in newcomer.host("gfs1").run("gluster", "pool", "list")
    for client in newcomer.clients[:2]:
        assert states(client) == BEGINNING


def test_all_of_it_is_taken_away_but_what_lies_on_bricks(newcomer):
    newcomer.core = "newest"
    clients, servers = newcomer.follow("Take all of it away")
    clients.succeeded()
    servers.succeeded()
    for client in newcomer.clients:
        assert traces(client) == []
    for page in ("gfs1", "gfs2", "gfs4"):
        server = newcomer.host(page)
        assert not server.pids("gluster")
        assert server.run("cat", "/bricks/one/site/meanwhile") == "written meanwhile\n"


USER = """# group_vars/all.yml
ansible_user: ops
gluster_tls_enabled: false
"""


def test_it_is_done_without_tls_too_by_a_user_with_sudo(newcomer):
    """In new directories, since no volume takes those of old bricks."""
    newcomer.core = "oldest"
    for host in (*newcomer.servers, *newcomer.clients):
        let_in(host, "ops")
    newcomer.files = {}
    newcomer.follow("Write the inventory")
    newcomer.write("group_vars/all.yml", USER)
    newcomer.write(
        "group_vars/gluster_servers.yml",
        newcomer.files["group_vars/gluster_servers.yml"].replace("/bricks/one/web", "/bricks/one/again"),
    )
    for run in newcomer.follow("Run it"):
        run.succeeded()
    for client in newcomer.clients:
        assert states(client) == BEGINNING
        assert not client.exists("/var/lib/glusterd/secure-access")


def let_in(host, user):
    """As a user who may call sudo, by the key by which root is reached."""
    host.run("sh", "-ec", "apt-get update -q; apt-get install -q --yes --no-install-recommends sudo", timeout=300)
    host.run("useradd", "--create-home", "--shell", "/bin/sh", user)
    host.run("install", "-d", "-o", user, "-m", "700", f"/home/{user}/.ssh")
    host.run("install", "-o", user, "-m", "600", "/root/.ssh/authorized_keys", f"/home/{user}/.ssh/authorized_keys")
    host.write(f"/etc/sudoers.d/{user}", f"{user} ALL=(ALL) NOPASSWD: ALL\n")


@pytest.mark.parametrize("title", ["Run it", "Upgrade", "Some hosts only"])
def test_what_follows_changes_nothing_without_tls_either(newcomer, title):
    newcomer.core = "newest"
    for run in newcomer.follow(title):
        run.succeeded()
        assert title == "Upgrade" or set(run.changed.values()) == {0}, run.text


@pytest.mark.parametrize("title", sections(FIRST_HOUR.read_text()))
def test_no_section_is_left_out(newcomer, title):
    assert title in newcomer.followed or not [
        block for block in newcomer.sections[title] if block.file or block.prompts or block.commands
    ]
