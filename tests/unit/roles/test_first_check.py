# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode before the first run, on hosts that have nothing: what one task would make, the next ones cannot ask. That it passes there, molecule/newcomer
shows."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.unit import written

PACKAGES = written.variables("roles/gluster_packages/vars/main.yml")
INSTALL = "roles/gluster_packages/tasks/main.yml"
TLS = written.variables("roles/gluster_tls/vars/main.yml")
SERVER = written.variables("roles/gluster_server/vars/main.yml")
HELD = ["glusterfs-client installed", "logrotate not-installed", "python3-apt installed"]


def packages(names, held, *, check=True, family="Debian", state="present"):
    return {
        **PACKAGES,
        "ansible_check_mode": check,
        "ansible_facts": {"os_family": family},
        "gluster_packages_names": names,
        "gluster_packages_state": state,
        "gluster_packages_query": {"stdout_lines": held} if family == "Debian" else {"skipped": True},
    }


@pytest.mark.parametrize(
    ("names", "held", "missing", "foreseen"),
    [
        (["glusterfs-client"], HELD, [], False),
        (["glusterfs-client", "logrotate"], HELD, ["logrotate"], True),
        (
            ["glusterfs-client=10.3-5", "logrotate/bookworm", "libc6:amd64"],
            [*HELD, "libc6 installed"],
            ["logrotate"],
            True,
        ),
        (["glusterfs-client"], HELD[:1], [], True),
        (["glusterfs-server"], [], ["glusterfs-server"], True),
        ([], [], [], True),
    ],
)
def test_what_would_be_installed_is_told_where_the_modules_for_packages_cannot_run_yet(names, held, missing, foreseen):
    known = packages(names, held)
    assert written.value(known, "gluster_packages_missing", **known) == missing
    assert written.value(known, "gluster_packages_foreseen", **known) is foreseen
    install = written.task(INSTALL, "Install the packages")
    assert written.holds(install, "when", **known) is (bool(names) and not foreseen)
    show = written.task(INSTALL, "Show what would be installed, in check mode")
    assert written.holds(show, "when", **known) is (bool(names) and foreseen)
    if names and foreseen:
        assert written.holds(show, "changed_when", **known) is bool(missing)
        assert all(name in written.value(show["ansible.builtin.debug"], "msg", **known) for name in missing)


@pytest.mark.parametrize(("check", "family"), [(False, "Debian"), (True, "RedHat")])
def test_a_run_installs_packages_by_their_module_and_so_does_check_mode_where_that_needs_nothing_more(check, family):
    known = packages(["glusterfs-server"], [], check=check, family=family)
    assert written.holds(written.task(INSTALL, "Install the packages"), "when", **known)


@pytest.mark.parametrize(
    ("names", "state", "repository", "check", "updated"),
    [
        (["logrotate"], "present", {}, False, True),
        (["logrotate"], "present", {}, True, False),
        (["glusterfs-client"], "present", {}, False, False),
        (["glusterfs-client"], "latest", {}, False, True),
        (["glusterfs-client"], "present", {"uris": "http://somewhere"}, False, True),
    ],
)
def test_a_host_has_a_list_of_the_packages_of_today_before_it_is_asked_to_install_one(
    names, state, repository, check, updated
):
    known = {**packages(names, HELD, check=check, state=state), "gluster_packages_repository": repository}
    update = written.task(INSTALL, "Update the list of packages (Debian)")
    assert written.holds(update, "when", **known) is updated


@pytest.mark.parametrize(
    ("check", "certificate", "made", "unmade"),
    [(True, "", False, True), (True, "", True, False), (True, "/my.pem", False, False), (False, "", False, False)],
)
def test_an_authority_that_is_yet_to_be_made_signs_nothing_in_check_mode(tmp_path, check, certificate, made, unmade):
    if made:
        (tmp_path / "ca.pem").write_text("")
    known = {
        **TLS,
        "ansible_check_mode": check,
        "gluster_tls_certificate": certificate,
        "gluster_tls_authority": str(tmp_path),
    }
    assert written.value(known, "gluster_tls_unmade", **known) is unmade


@pytest.mark.parametrize(
    ("check", "key", "pem", "cryptography", "foreseen"),
    [
        (True, True, True, 0, False),
        (True, True, False, 0, True),
        (True, False, False, 0, True),
        (True, True, True, 1, True),
        (False, False, False, None, False),
    ],
)
def test_a_certificate_that_is_yet_to_be_made_is_told_in_check_mode(check, key, pem, cryptography, foreseen):
    known = {
        **TLS,
        "ansible_check_mode": check,
        "gluster_tls_unmade": False,
        "gluster_tls_stats": {"results": [{"stat": {"exists": key}}, {"stat": {"exists": pem}}]},
        "gluster_tls_cryptography": {"rc": cryptography} if check else {"skipped": True},
    }
    assert written.value(known, "gluster_tls_foreseen", **known) is foreseen


@pytest.mark.parametrize(
    ("check", "runs", "foreseen"),
    [
        (True, [True, True], False),
        (True, [True, False], True),
        (True, [False, False], True),
        (True, [True, None], True),
        (False, [False, False], False),
    ],
    ids=["all run", "a new one", "a first run", "one has failed", "no check mode"],
)
def test_pool_and_volumes_are_told_in_check_mode_where_a_server_does_not_run_yet(check, runs, foreseen):
    hosts = {f"gfs{number}": {} if run is None else {"gluster_server_runs": run} for number, run in enumerate(runs, 1)}
    known = {**SERVER, "ansible_check_mode": check, "ansible_play_hosts": list(hosts), "hostvars": hosts}
    assert written.value(known, "gluster_server_foreseen", **known) is foreseen
