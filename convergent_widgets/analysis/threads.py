"""Threads: how many the linear algebra takes, and work on a stream of items in several.

Threads of the linear algebra that wait for one another cost much on a busy machine; work that is independent does not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


def one_thread_where(small: bool) -> AbstractContextManager:
    """One thread for the linear algebra inside, where the problem is small; else as many as the caller allows."""
    if not small:
        return nullcontext()
    import scipy.linalg  # noqa: F401 - the limit holds for libraries that are loaded
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    return threadpool_limits(1)


def threads_allowed() -> int:
    """How many threads the linear algebra may take now: the cores, or what OMP_NUM_THREADS and its like say."""
    from threadpoolctl import threadpool_info

    return max((found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas"), default=1)


def in_threads(work: Callable[[Item], Made], items: Iterable[Item], threads: int) -> Iterator[Made]:
    """`work` of each item, in order; the next items are taken while earlier ones are worked on, `threads` ahead.

    For work that spends its time outside Python: LAPACK, assignments, encoders. What `items` or `work` raises is
    raised here, after the work that is under way has ended.
    """
    if threads == 1:
        yield from map(work, items)
        return
    waiting: deque[Future[Made]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
