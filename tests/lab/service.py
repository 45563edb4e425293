# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service that writes to a mount and is started at boot, as a user's own is."""

from __future__ import annotations

SERVICE = "app.service"


def install(host, path, file):
    """Have it append to ``file`` at ``path`` five times a second. %H in the name of the file is that of the host."""
    text = f"""\
[Unit]
RequiresMountsFor={path}
[Service]
ExecStart=/bin/sh -c 'while sleep 0.2; do date >> {path}/{file}; done'
[Install]
WantedBy=multi-user.target
"""
    host.write(f"/etc/systemd/system/{SERVICE}", text)
    host.run("systemctl", "daemon-reload")
    host.run("systemctl", "enable", "--now", SERVICE)


def remove(host):
    host.run("systemctl", "disable", "--now", SERVICE)
    host.run("rm", f"/etc/systemd/system/{SERVICE}")
    host.run("systemctl", "daemon-reload")
