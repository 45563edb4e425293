# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a module of the cluster fails: with what went wrong and with the commands that it ran before."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Callable, Iterator

from .._gluster import tls
from .._host import signals
from .._host.resolver import AddressesUnknown
from . import silence
from .cli import Cli, ClusterError, Refused


@contextmanager
def reported(fail: Callable[..., Any], cli: Cli) -> Iterator[None]:
    """End the module by ``fail`` where the block is refused, fails, or is interrupted by a signal.

    fail: AnsibleModule.fail_json, which does not return. cli: it remembers the commands that the block ran.
    """
    try:
        with signals.rollback_on_signal():
            yield
    except (ValueError, ClusterError, AddressesUnknown) as error:
        why = str(error) + (silence.hint(cli) if isinstance(error, Refused) and error.late else "")
        # glusterd says "Commit failed" where neither it nor a brick can read a certificate.
        broken = tls.fault_here() if isinstance(error, ClusterError) else ""
        why += f"\n{broken}" if broken else ""
    except signals.Interrupted as error:
        why = f"interrupted by {error}; run the task again, which goes on from there"
    else:
        return
    fail(msg=why, changed=cli.changed, commands=cli.commands)
