# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that ``volume set`` refuses whatever their value, on any volume or on one of this kind, and what to use instead.

Measured by setting every option of GlusterFS 10.3 and 11.1 on volumes with copies, created and started. What is wrong with a value gluster tells itself.
"""

from __future__ import annotations

from typing import Mapping

from .._gluster import release as releases
from . import options
from .cli import Cli, ClusterError
from .volume import Shape

_OWN_COMMAND = {
    "features.quota": "gluster volume quota {volume} enable, or disable",
    "features.inode-quota": "gluster volume inode-quota {volume} enable, or gluster volume quota {volume} disable",
    "features.bitrot": "gluster volume bitrot {volume} enable, or disable",
    "features.scrub": "gluster volume bitrot {volume} scrub pause, or resume",
    "features.scrub-freq": "gluster volume bitrot {volume} scrub-frequency daily, or another one",
    "features.scrub-throttle": "gluster volume bitrot {volume} scrub-throttle lazy, or another one",
}
"""Options with a command of their own. ``volume set`` and ``volume reset`` refuse them."""

GRANULAR = "cluster.granular-entry-heal"
"""An option that a started volume gets by a command of its own, which first checks that nothing waits to be healed."""

STOPPED = frozenset(["storage.linux-aio"])
"""Options that are set only while the volume is not started. They can be reset at any time."""

_REPLICATED = frozenset(
    [
        "cluster.data-self-heal",
        "cluster.entry-self-heal",
        "cluster.metadata-self-heal",
        "cluster.self-heal-daemon",
        GRANULAR,
    ]
)
_DISPERSED = frozenset(["cluster.disperse-self-heal-daemon", "disperse.quorum-count", "disperse.shd-max-threads"])
_DISTRIBUTED = frozenset(["cluster.lock-migration"])

_NEEDS = {
    "features.quota-deem-statfs": ("features.quota", "enable quota first: gluster volume quota {volume} enable"),
    "features.trash-dir": ("features.trash", "set features.trash to on first, in a task of its own"),
}
"""Options that are set only where another one is on already: which one, and how to turn it on."""

_GONE = {"nfs.disable": options.ALWAYS["nfs.disable"]}
"""Options that GlusterFS 11 no longer has, and the value that always holds there."""


def why_not(
    name: str, volume: str, shape: Shape, current: Mapping[str, str], *, started: bool, reset: bool = False
) -> str:
    """Why gluster would refuse to set, or to reset, an option of a volume, and what to use instead; empty where gluster would not.

    shape, current (options), started: of the volume at that moment.
    """
    if name in _OWN_COMMAND:
        return f"GlusterFS sets it by a command of its own: {_OWN_COMMAND[name].format(volume=volume)}; drop it"
    if reset:
        return ""
    if name in STOPPED and started:
        return "GlusterFS sets it only while the volume is not started; write state: stopped, set it, and start the volume again"
    if name in _REPLICATED and shape.replica == 1:
        return f"only a volume with copies has it, and this one is {shape}; drop it"
    if name in _DISPERSED and not shape.disperse:
        return f"only a dispersed volume has it, and this one is {shape}; drop it"
    if name in _DISTRIBUTED and shape.size > 1:
        return f"only a volume without copies and fragments has it, and this one is {shape}; drop it"
    if name in _NEEDS:
        other, how = _NEEDS[name]
        if not options.same(current.get(other, "off"), "on"):
            return f"it needs {other}; {how.format(volume=volume)}"
    return ""


def offered(cli: Cli, wanted: options.Wanted, current: Mapping[str, str]) -> dict[str, str | None]:
    """The wanted options without those that this GlusterFS no longer has and whose wanted value always holds.

    current: options of the volume, empty where it does not exist. Raises ValueError where another value of such an option is wanted.
    """
    differ = {
        name: wanted[name]
        for name in _GONE
        if name in wanted and not options.same(wanted[name] or "", current.get(name, ""))
    }
    if not differ or release(cli) < (11, 0):
        return dict(wanted)
    for name, value in differ.items():
        if value is not None and not options.same(value, _GONE[name]):
            raise ValueError(
                f"option {name!r}: GlusterFS has it no more from release 11 on, where it is always {_GONE[name]} (there is no NFS server in it; nfs-ganesha "
                "is one); drop it"
            )
    return {name: value for name, value in wanted.items() if name not in differ}


def release(cli: Cli) -> tuple[int, int]:
    """The release of this host's gluster, as in (10, 3). Raises ClusterError."""
    done = cli.run(["gluster", "--version"], cli.timeout)
    version = releases.parse(done.stdout)
    if not version:
        raise ClusterError(f"gluster --version: {done.why() if not done.ok else 'tells no release'}")
    return version
