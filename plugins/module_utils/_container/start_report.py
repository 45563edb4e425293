# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a container reported of its mount, in a folder that it can write to: so anything may stand there, and none of it is believed unseen."""

from __future__ import annotations

import contextlib
import json
import math
import os
import shutil
from typing import Any, NamedTuple

from .._gluster.attempt import Attempt, Outcome, Step
from .._gluster.server import Server
from .._host import files
from .._host.plain import plain_lines

_MOST_ATTEMPTS = 1000


class StartReport(NamedTuple):
    """readable: whether there is one that can be read. failed: whether it says that nothing was mounted. message: why, or "". attempts: its tries."""

    readable: bool = False
    failed: bool = False
    message: str = ""
    attempts: tuple[Attempt, ...] = ()


def read(path: str) -> StartReport:
    """The report at ``path``; none where there is no file of root's with a report in it."""
    try:
        report = json.loads(files.read_untrusted(path))
    except (OSError, ValueError, RecursionError):
        return StartReport()
    if not isinstance(report, dict):
        return StartReport()
    message, rows = report.get("message"), report.get("attempts")
    attempts = map(_attempt, rows[:_MOST_ATTEMPTS] if isinstance(rows, list) else ())
    return StartReport(
        readable=True,
        failed=report.get("ok") is False,
        message=plain_lines(message) if isinstance(message, str) else "",
        attempts=tuple(filter(None, attempts)),
    )


def discard(path: str) -> None:
    """Take away what is at ``path``, whatever it is."""
    with contextlib.suppress(OSError):
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)  # which follows no links
        else:
            os.unlink(path)


def _attempt(row: Any) -> Attempt | None:
    """An attempt as it stands in a result; None for what is none."""
    try:
        seconds = float(row["seconds"])
        if not math.isfinite(seconds) or not isinstance(row["detail"], str):
            return None
        server = Server.parse(row["server"]) if row["server"] else None
        return Attempt(server, Step(row["step"]), Outcome(row["outcome"]), seconds, row["detail"])
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        return None
