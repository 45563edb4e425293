# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of a volume or of the pool: their values in gluster's words, and which of them differ."""

from __future__ import annotations

import difflib
import re
from typing import Any, Collection, Iterable, Mapping

Wanted = Mapping[str, "str | None"]
"""Option names and their values in gluster's words; None resets."""

_TRUE = frozenset(["on", "yes", "true", "enable", "1"])
_FALSE = frozenset(["off", "no", "false", "disable", "0"])
"""What GlusterFS's gf_string2boolean takes, in any case."""

_NAME = re.compile(r"[a-z0-9_-]+(\.[A-Za-z0-9_.-]+)+\Z")

ALWAYS = {"nfs.disable": "on"}
"""Options that every release sets on a new volume and keeps when they are reset. Release 11 has them and does not let them be set."""

UNDOCUMENTED = frozenset(
    [
        "changelog.capture-del-path",
        "changelog.changelog",
        "changelog.changelog-dir",
        "changelog.encoding",
        "changelog.fsync-interval",
        "changelog.rollover-time",
        "client.bind-insecure",
        "client.keepalive-count",
        "client.keepalive-interval",
        "client.keepalive-time",
        "client.send-gids",
        "client.tcp-user-timeout",
        "cluster.dht-xattr-name",
        "cluster.disperse-self-heal-daemon",
        "cluster.ensure-durability",
        "cluster.extra-hash-regex",
        "cluster.full-lock",
        "cluster.local-volume-name",
        "cluster.optimistic-change-log",
        "cluster.post-op-delay-secs",
        "cluster.randomize-hash-range-by-gfid",
        "cluster.rsync-hash-regex",
        "cluster.switch-pattern",
        "debug.delay-gen",
        "debug.error-failure",
        "debug.error-fops",
        "debug.error-gen",
        "debug.error-number",
        "debug.exclude-ops",
        "debug.include-ops",
        "debug.log-file",
        "debug.log-history",
        "debug.random-failure",
        "debug.trace",
        "delay-gen.delay-duration",
        "delay-gen.delay-percentage",
        "delay-gen.enable",
        "diagnostics.count-fop-hits",
        "disperse.optimistic-change-log",
        "disperse.parallel-writes",
        "disperse.quorum-count",
        "disperse.stripe-cache",
        "features.acl",
        "features.alert-time",
        "features.barrier",
        "features.bitrot",
        "features.cloudsync",
        "features.default-soft-limit",
        "features.enforce-mandatory-lock",
        "features.expiry-time",
        "features.hard-timeout",
        "features.inode-quota",
        "features.locks-monkey-unlocking",
        "features.quota",
        "features.scrub",
        "features.scrub-freq",
        "features.scrub-throttle",
        "features.sdfs",
        "features.selinux",
        "features.shard-lru-limit",
        "features.signer-threads",
        "features.soft-timeout",
        "ganesha.enable",
        "geo-replication.ignore-pid-check",
        "geo-replication.indexing",
        "network.compression.debug",
        "nfs.disable",
        "performance.nfs.io-cache",
        "performance.nfs.io-threads",
        "performance.nfs.quick-read",
        "performance.nfs.read-ahead",
        "performance.nfs.stat-prefetch",
        "performance.rda-high-wmark",
        "performance.rda-low-wmark",
        "rebalance.ensure-durability",
        "server.own-thread",
        "storage.fips-mode-rchecksum",
        "storage.gfid2path",
        "storage.health-check-timeout",
        "transport.address-family",
        "transport.keepalive",
    ]
)
"""Options that ``volume set help-xml`` of 10.3 does not list and ``volume get NAME all`` does."""


POOL = frozenset(
    [
        "cluster.brick-graceful-cleanup",
        "cluster.brick-multiplex",
        "cluster.daemon-log-level",
        "cluster.enable-shared-storage",
        "cluster.localtime-logging",
        "cluster.max-bricks-per-process",
        "cluster.max-op-version",
        "cluster.op-version",
        "cluster.server-quorum-ratio",
        "glusterd.vol_count_per_thread",
    ]
)
"""Options of the whole pool: what ``volume get all all`` of 10.3 and 11.1 lists. A newer one gluster refuses itself."""


def check_of_volume(options: Mapping[str, Any]) -> dict[str, str | None]:
    """The options of a volume, as ``check`` gives them. Raises ValueError for one of the whole pool too."""
    checked = check(options)
    for name in checked:
        if name in POOL:
            raise ValueError(
                f"option {name!r}: holds for the whole pool and not for a volume; set it by evenkeel.glusterfs.pool_options, "
                "in the role by gluster_server_options"
            )
    return checked


def check(options: Mapping[str, Any]) -> dict[str, str | None]:
    """The options in gluster's words. Raises ValueError: which option, which rule it breaks, what to write instead."""
    return {_name(name): _value(name, value) for name, value in options.items()}


def _name(name: str) -> str:
    if not _NAME.match(name):
        raise ValueError(
            f"option {name!r}: write the whole name, with the part before the dot and without white space, as in network.ping-timeout"
        )
    return name


def _value(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (int, float)):
        return f"{value:.15g}" if isinstance(value, float) else str(value)
    if isinstance(value, list):
        return ",".join(filter(None, (_value(name, entry) for entry in value)))
    if not isinstance(value, str):
        raise ValueError(
            f"option {name!r}: {value!r} is a mapping; write a text, a number, a boolean, a list of these, or null to reset it"
        )
    if not value.strip():
        raise ValueError(f"option {name!r}: is empty; write null to reset it to its default")
    if "\n" in value:
        raise ValueError(f"option {name!r}: a value has no line break")
    return value.strip()


def same(value: str, other: str) -> bool:
    """Whether gluster takes both for the same value: on, enable and 1 are; of sizes and times only the same text is."""
    if value == other:
        return True
    value, other = value.lower(), other.lower()
    return any(value in words and other in words for words in (_TRUE, _FALSE))


def to_set(wanted: Wanted, current: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in wanted.items()
        if value is not None and (name not in current or not same(value, current[name]))
    }


def to_reset(wanted: Wanted, current: Mapping[str, str]) -> list[str]:
    return [
        name
        for name, value in wanted.items()
        if value is None and name in current and not (name in ALWAYS and same(current[name], ALWAYS[name]))
    ]


def unknown(names: Iterable[str], documented: Collection[str]) -> list[str]:
    """Those of ``names`` that stand in no list. Any name is free below user."""
    return [
        name for name in names if name not in documented and name not in UNDOCUMENTED and not name.startswith("user.")
    ]


def why_unknown(name: str, documented: Collection[str]) -> str:
    close = difflib.get_close_matches(name, [*documented, *UNDOCUMENTED], n=3)
    meant = f"; did you mean {' or '.join(close)}?" if close else "; `gluster volume set help` lists them"
    return f"option {name!r}: GlusterFS has no option of this name{meant}"
