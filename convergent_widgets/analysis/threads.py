"""How many threads the linear algebra takes: threads that wait for one another cost much on a busy machine."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext


def one_thread_where(small: bool) -> AbstractContextManager:
    """One thread for the linear algebra inside, where the problem is small; else as many as the caller allows."""
    if not small:
        return nullcontext()
    import scipy.linalg  # noqa: F401 - the limit holds for libraries that are loaded
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    return threadpool_limits(1)
