# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done in a thread of its own while something else is done, and no longer."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Callable, Iterator, TypeVar

Result = TypeVar("Result")


@contextlib.contextmanager
def beside(call: Callable[[Callable[[], bool]], Result]) -> Iterator[Future[Result]]:
    """Run ``call(over)`` meanwhile; ``over()`` is true once the block has ended, and then ``call`` has to end soon, for which it is waited.

    The future has its result, or what it raised, once the block has ended.
    """
    over = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(call, over.is_set)
        try:
            yield future
        finally:
            over.set()
