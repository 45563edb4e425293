# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The failover mount: what is there is observed, what becomes of it decided, a server selected, a mount attempted and proven; it is kept or undone as a whole.

The one place where the parts meet. Everything that touches the machine or the network is a field of Node.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import Iterator

from .._gluster.attempt import Attempt
from . import directory, pending
from .decide import Decision, Exchange, Keep, Overmount, Reconnect, Replace, decide
from .exchange import exchange, why_used
from .host_client import HostClient
from .inspect import check_seen, inspect, server_in_use
from .keep import keep
from .model import Made, Mounter, MountError, MountSpec, Node, Report
from .observe import observe
from .overmount import overmount
from .reconnect import reconnect
from .state import Observed, short_of_writable
from .unmount import locked, refuse_used


@contextmanager
def mount(
    spec: MountSpec,
    node: Node,
    *,
    mounter: Mounter | None = None,
    check: bool = False,
    renew: bool = False,
    refresh: bool = False,
    private: bool = False,
) -> Iterator[Report]:
    """Make sure that a volume is mounted, and proven, at ``spec.path``; leave a healthy mount of it alone.

    What belongs to the mount is done inside this context, in check mode too: if that raises, a mount made for it is undone. One that was exchanged stays,
    since the one before had been stale.

    mounter: what makes the mount, the client of this host if None.
    check: only say whether something would change; servers are asked nothing but whether a client that lives hears from them.
    renew: detach even a healthy mount and mount anew.
    refresh: do that where the options in force differ from those wanted, or the client's program has been replaced since it was started; and where it is
    stale, which is exchanged without being asked for, let those who use it be an error and no warning.
    private: whether a mount will do that only this process's mount namespace sees.
    Raises MountError with one line for each server, and leaves nothing of a failed try behind.
    """
    mounter = mounter or HostClient(node)
    deadline = node.host.clock.now() + spec.timeout_total
    with locked(spec.path, spec.timeout_total, node.host), ExitStack() as at_last, ExitStack() as undo:
        observed, differs, outdated = observe(spec, node, mounter, renew=renew, wait=not check)
        decision = decide(
            spec,
            observed,
            differs=bool(differs),
            outdated=outdated,
            renew=renew,
            refresh=refresh,
            contained=mounter.contained,
        )
        tried: tuple[Attempt, ...] = ()
        if isinstance(decision, Reconnect) and not check:
            decision, observed, tried = _reconnect(spec, observed, node, contained=mounter.contained)
        why_stale = why_used(observed, node.host) if isinstance(decision, Exchange) else ""
        if why_stale and refresh:
            raise MountError(why_stale)
        if why_stale:
            decision = Keep()
        if not isinstance(decision, Keep) and not private:
            check_seen(spec.path, node.host)
        if isinstance(decision, Replace) and decision.spares_users:
            refuse_used(observed, node.host)
        if check:
            changed = not isinstance(decision, Keep)
            healed = isinstance(decision, (Exchange, Reconnect)) or observed.broken
            yield Report(observed, changed=changed, healed=healed, differs=differs)
            return
        made = None
        if isinstance(decision, Exchange):
            try:
                made = exchange(spec, observed, node, deadline)
            except MountError as error:
                observed = inspect(spec.path, node.host)._replace(stale=observed.stale)
                if not observed.answers:
                    raise
                decision, why_stale = Keep(), str(error)
        if isinstance(decision, (Keep, Reconnect)):
            kept = keep(spec, observed, node, deadline, contained=mounter.contained, why_stale=why_stale)
            kept = kept._replace(attempts=(*tried, *kept.attempts))
            reconnected = isinstance(decision, Reconnect)
            yield _report(spec, kept, node, changed=reconnected, healed=reconnected, differs=differs)
            return
        if isinstance(decision, Overmount):
            made = overmount(spec, observed, node, deadline, undo, at_last)
        if made is None:
            mounter.check(spec)
            made = mounter.start(spec, observed, deadline, undo)
            node.run.commit()
            made = made._replace(warnings=(*made.warnings, *directory.seal(spec, node.host, undo)))
        made = made._replace(
            attempts=(*tried, *made.attempts), warnings=(*short_of_writable(made.observed), *made.warnings)
        )
        yield _report(spec, made, node, changed=True, healed=isinstance(decision, Exchange) or observed.broken)
        undo.pop_all()
        pending.clear(spec.path, node.host.lock_directory)


def _reconnect(
    spec: MountSpec, observed: Observed, node: Node, *, contained: bool
) -> tuple[Decision, Observed, tuple[Attempt, ...]]:
    """Have the client come to another server; what becomes of the mount then, which is exchanged where that was in vain."""
    done = reconnect(observed, spec.servers, node)
    if done is None:
        return Keep() if contained else Exchange(), observed, ()
    node.run.on_attempt(done.attempt)
    if done.observed.stale:
        return Keep() if contained else Exchange(), observed, (done.attempt,)
    return Reconnect(), done.observed, (done.attempt,)


def _report(
    spec: MountSpec,
    made: Made,
    node: Node,
    *,
    changed: bool = False,
    healed: bool = False,
    differs: tuple[str, ...] = (),
) -> Report:
    return Report(
        made.observed,
        changed=changed,
        healed=healed,
        server=server_in_use(made.observed, spec.servers, node),
        attempts=made.attempts,
        differs=differs,
        warnings=made.warnings,
        guard=made.guard,
        subdir_made=made.subdir_made,
    )
