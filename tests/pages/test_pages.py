# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the pages tell their readers to type is there, in what is released."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
import yaml

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._helper import cli
from ansible_collections.evenkeel.glusterfs.tests.pages.page import FIRST_HOUR, PAGES, ROOT, blocks, merged

INVENTORY = "inventory.yml"
PLAYBOOKS = [path for path in sorted((ROOT / "playbooks").glob("*.yml")) if path.stem not in ("demo", "servers_undone")]
"""Those that users run: `make demo` has hosts of its own, and the other one is the end of servers and site."""


def commands(program):
    """Each command of a page that this program is called by, once, with the files that its reader has by then; who begins in the middle has the first ones."""
    found = {}
    for page in (FIRST_HOUR, *PAGES):
        files = {}
        for block in blocks(page.read_text()):
            if block.file:
                files = {**files, block.file: merged(files.get(block.file, ""), block.text)}
            found.update(
                {tuple(argv): files for argv in block.commands if argv[0] == program and tuple(argv) not in found}
            )
    return found


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """The collection as it is installed from its artefact, into a folder that was empty, beside what it depends on."""
    folder = tmp_path_factory.mktemp("controller")
    subprocess.run([ROOT / "lab/controller", folder, "collections"], check=True, capture_output=True, timeout=120)
    return folder / "collections"


@pytest.mark.parametrize("argv", commands("ansible-playbook"), ids=" ".join)
def test_each_command_of_a_page_runs_a_playbook_that_is_installed(argv, tmp_path, installed):
    for path, text in (commands("ansible-playbook")[argv] or beginning()).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(installed), "ANSIBLE_HOME": str(tmp_path / ".ansible")}
    # --list-tasks looks at all that --syntax-check looks at, and at the hosts.
    command = [*argv, "--list-tasks"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[WARNING]" not in done.stderr, done.stderr
    assert re.search(r"^ {6}\S", done.stdout, re.MULTILINE), f"no task at all: {done.stdout}"
    assert str(ROOT / "playbooks") not in done.stdout


def beginning():
    """The files of the page for who begins, as they are first written."""
    return {block.file: block.text for block in reversed(blocks(FIRST_HOUR.read_text())) if block.file}


def test_each_playbook_is_run_by_a_command_of_a_page():
    named = {word for argv in commands("ansible-playbook") for word in argv}
    assert {f"evenkeel.glusterfs.{path.stem}" for path in PLAYBOOKS} - named == set()


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_a_playbook_and_its_page_name_the_same_variables(path):
    head = re.match(r"---\n((?:#.*\n)+)", path.read_text())[1]
    page = dict(re.findall(r"^## (\w+)\n((?:(?!## ).*\n?)*)", (ROOT / "docs/playbooks.md").read_text(), re.MULTILINE))
    own = own_variables(path.read_text())
    assert f"evenkeel.glusterfs.{path.stem}" in head
    for variable in own:
        assert f"`{variable}`" in page[path.stem], f"docs/playbooks.md, {path.stem}: {variable}"
        assert variable in head, f"the head of {path}: {variable}"
    assert set(re.findall(r"^\| `(\w+)`", page[path.stem], re.MULTILINE)) == own


def own_variables(text):
    """The variables of the collection that a playbook reads, of which no role knows."""
    groups = {"gluster_clients", "gluster_servers", "gluster_clients_via_", "gluster_clients_via_container"}
    roles = (ROOT / "roles").glob("*/meta/argument_specs.yml")
    known = {
        name
        for role in roles
        for entry in yaml.safe_load(role.read_text())["argument_specs"].values()
        for name in entry["options"]
    }
    plays = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    read = {
        name
        for name in re.findall(r"\bgluster_\w+", plays)
        if name not in groups and not (ROOT / "roles" / name).exists()
    }
    return {name for name in read if name not in known and not name.startswith("gluster_kubernetes_migrate_")}


def test_each_word_of_gluster_failover_that_a_page_names_is_one_of_its_commands():
    pages = "\n".join(page.read_text() for page in PAGES)
    named = set(re.findall(r"`(?:root@\w+:~# )?gluster-failover ([a-z]+)", pages))
    prompts = [argv for page in PAGES for block in blocks(page.read_text()) for _host, argv in block.prompts]
    named |= {argv[1] for argv in prompts if argv[0] == "gluster-failover"}
    assert named
    assert named <= subcommands()


def subcommands():
    """Of gluster-failover."""
    (choices,) = [action.choices for action in cli.parser()._actions if action.choices]
    return set(choices)


def test_what_the_collection_depends_on_runs_with_the_oldest_ansible_core_that_it_names(installed):
    ours = oldest(ROOT)
    folders = [path.parent.parent for path in installed.glob("ansible_collections/*/*/meta/runtime.yml")]
    assert len(folders) > 5
    assert {folder.name: oldest(folder) for folder in folders if oldest(folder) > ours} == {}


def oldest(folder):
    """The oldest ansible-core that a collection runs with, as (major, minor)."""
    asked = yaml.safe_load((folder / "meta/runtime.yml").read_text())["requires_ansible"]
    return tuple(int(number) for number in re.match(r">=(\d+)\.(\d+)", asked).groups())


def test_the_pinned_collections_are_of_those_that_an_installation_may_bring():
    pinned = {
        entry["name"]: entry["version"]
        for entry in yaml.safe_load((ROOT / "requirements.yml").read_text())["collections"]
    }
    wanted = yaml.safe_load((ROOT / "galaxy.yml").read_text())["dependencies"]
    assert pinned.keys() == wanted.keys()
    for name, version in pinned.items():
        assert numbers(version) >= numbers(wanted[name].removeprefix(">=")), name


def numbers(version):
    return tuple(int(part) for part in version.split("."))


def test_the_oldest_ansible_core_is_the_same_wherever_it_is_named_and_tests_run_with_it():
    ours = "{}.{}".format(*oldest(ROOT))
    named = {
        str(path): yaml.safe_load(path.read_text())["galaxy_info"]["min_ansible_version"]
        for path in (ROOT / "roles").glob("*/meta/main.yml")
    }
    pages = {
        str(page): found
        for page in PAGES
        for found in re.findall(r"ansible-core (\d+\.\d+) or newer", page.read_text())
    }
    assert pages
    assert set(named.values()) | set(pages.values()) == {ours}
    cores = re.findall(r"^ansible-core==(\S+)", (ROOT / "lab/requirements/dev.txt").read_text(), re.MULTILINE)
    assert min(cores, key=numbers).startswith(f"{ours}.")
