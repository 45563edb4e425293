# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done in a thread of its own while something else is done, and no longer."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import Future
from typing import Callable, Iterator, TypeVar

Result = TypeVar("Result")


@contextlib.contextmanager
def beside(call: Callable[[Callable[[], bool]], Result]) -> Iterator[Future[Result]]:
    """Run ``call(over)`` meanwhile; ``over()`` is true once the block has ended, and then ``call`` has to end soon, for which it is waited.

    The future has its result, or what it raised, once the block has ended.
    """
    over = threading.Event()
    future: Future[Result] = Future()

    def work() -> None:
        try:
            future.set_result(call(over.is_set))
        except BaseException as error:
            future.set_exception(error)

    # A daemon, so that this process can end beside one whose block was given up.
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield future
    finally:
        over.set()
        thread.join()
