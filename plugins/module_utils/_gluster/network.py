# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What servers are asked through, all of which tests replace."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Callable

from . import glusterd, probe

if TYPE_CHECKING:
    from . import tls


@dataclass(frozen=True)
class Network:
    """The questions to glusterd and to bricks, and what asks many of them at once."""

    tasks: Callable[..., probe.Tasks] = probe.Threads
    getspec: Callable[..., glusterd.Spec] = glusterd.getspec
    brick_port: Callable[..., int | None] = glusterd.brick_port
    ping_brick: Callable[..., None] = glusterd.ping_brick

    def shared(self) -> Network:
        """The same for many that ask at the same time, who get one answer to one question."""
        from .answers import Answers  # what one mount need not read

        return replace(self, getspec=Answers(self.getspec))

    @classmethod
    def secured(cls, context: tls.Secured | None) -> Network:
        """Servers asked through TLS unless ``context`` is None."""
        return cls(
            getspec=functools.partial(glusterd.getspec, secure=context),
            brick_port=functools.partial(glusterd.brick_port, secure=context),
            ping_brick=functools.partial(glusterd.ping_brick, secure=context),
        )
