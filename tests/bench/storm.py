# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs on a node: many mounts at once by the engine, each a process on a mount point of its own.

Reads {"paths": [...], "servers": [...], "order": ..., "volume": ...} as its argument; prints for each mount how it ended as a line of JSON.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import sys
import time

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import glusterd, options
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.network import Network
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.server import Server
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import model, mount


def one(job):
    """Make one mount. A few milliseconds of jitter, as a thousand nodes never start at the same instant."""
    path, given = job
    asked, answers = [], []

    def getspec(server, *arguments, **more):
        asked.append(server)
        begun = time.monotonic()
        spec = glusterd.getspec(server, *arguments, **more)
        answers.append(time.monotonic() - begun)
        return spec

    spec = model.MountSpec(
        path=path,
        volume=given["volume"],
        subdir="",
        servers=tuple(map(Server.parse, given["servers"])),
        source=f"{given['servers'][0]}:/{given['volume']}",
        options=options.parse(()),
        order=given["order"],
    )
    time.sleep(random.uniform(0, 0.05))
    started = time.monotonic()
    try:
        with mount.mount(spec, model.Node.here(Network(getspec=getspec))) as report:
            pass
        ended = {"server": report.server, "error": ""}
    except model.MountError as error:
        ended = {"server": None, "error": str(error)}
    return {
        **ended,
        "path": path,
        "seconds": time.monotonic() - started,
        "getspecs": len(asked),
        "answers": list(answers),
    }


def main():
    given = json.loads(sys.argv[1])
    jobs = [(path, given) for path in given["paths"]]
    with multiprocessing.Pool(len(jobs)) as pool:
        for ended in pool.imap_unordered(one, jobs):
            print(json.dumps(ended), flush=True)


if __name__ == "__main__":
    main()
