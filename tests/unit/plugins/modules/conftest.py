# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import json

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.evenkeel.glusterfs.tests.unit.fake_gluster import FakeHost


@pytest.fixture
def run(monkeypatch, capsys):
    """run(module, gluster, arguments, check=False): what a module answers to Ansible on h1, where ``gluster`` is the command. A warning fails the test."""

    def one(name, gluster, arguments, *, check=False):
        module = importlib.import_module(f"ansible_collections.evenkeel.glusterfs.plugins.modules.{name}")
        gluster.cli.commands.clear()
        monkeypatch.setattr(module, "Cli", lambda: gluster.cli)
        for host in ("LocalHost", "Resolver"):
            monkeypatch.setattr(module, host, FakeHost, raising=False)
        given = {**arguments, "_ansible_check_mode": check, "_ansible_diff": True}
        with patch_module_args(given), pytest.raises(SystemExit):
            module.main()
        out, err = capsys.readouterr()
        answer = json.loads(out)
        assert not answer.get("warnings"), answer["warnings"]
        assert not answer.get("deprecations"), answer["deprecations"]
        assert not err
        return answer

    return one
