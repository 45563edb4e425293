# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a mount has left on a host."""

from __future__ import annotations

from .lab import PATH

_TRACES = r"""
import glob, os, re, shutil, subprocess, sys
path = sys.argv[1]
for table in ("/proc/mounts", "/etc/fstab"):
    for line in open(table):
        if line.split()[1:2] == [path.replace(" ", "\\040")]:
            print(line.rstrip())
for file in glob.glob("/proc/[0-9]*/cmdline"):
    try:
        words = open(file, "rb").read().decode().split("\0")[:-1]
    except OSError:
        continue
    if words and os.path.basename(words[0]) == "glusterfs" and words[-1].endswith(path):
        print("process", file.split("/")[2])
plain = path.strip("/").replace("/", "-")
for folder in ("/etc/systemd/system", "/etc/systemd/system/remote-fs.target.wants", "/etc/containers/systemd", "/run/systemd/system"):
    for file in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        if file.startswith("gluster-" + plain) or file == plain + ".mount":
            print(os.path.join(folder, file))
argv = ["podman", "ps", "--all", "--format", "{{.Names}}"]
names = subprocess.run(argv, capture_output=True, text=True).stdout.split() if shutil.which("podman") else ()
for container in names:
    if re.match(re.escape("gluster-" + plain) + r"\.", container):
        print("container", container)
if os.path.exists(path):
    print("directory", path)
"""


def traces(host, path=PATH):
    """Table entries, lines of fstab, client processes, units, containers, directories."""
    return host.python(_TRACES, path).splitlines()
