"""Work on a stream of items in threads."""

import threading
import time

import pytest
from threadpoolctl import threadpool_limits

from convergent_widgets.analysis.threads import in_threads, threads_allowed


@pytest.mark.parametrize("threads", [1, 3])
def test_in_order_and_little_ahead(threads):
    taken = []

    def items():
        for number in range(20):
            taken.append(number)
            yield number

    def work(number):
        time.sleep(0.002 * (number % 3))
        return -number

    found = []
    for made in in_threads(work, items(), threads):
        found.append(made)
        assert len(taken) <= len(found) + threads
    assert found == [-number for number in range(20)]


@pytest.mark.parametrize("threads", [1, 3])
def test_what_work_raises_is_raised_and_no_more_is_begun(threads):
    begun = []

    def work(number):
        begun.append(number)
        time.sleep(0.02)
        if number == 4:
            raise ValueError("the fourth")
        return number

    with pytest.raises(ValueError, match="the fourth"):
        list(in_threads(work, range(100), threads))
    assert len(begun) <= 5 + 2 * threads


def test_several_work_at_a_time():
    together = threading.Barrier(3, timeout=20)
    assert len(list(in_threads(lambda _: together.wait(), range(3), 3))) == 3


def test_the_callers_limit_holds():
    with threadpool_limits(1, "blas"):
        assert threads_allowed() == 1
    with threadpool_limits(2, "blas"):
        assert threads_allowed() == 2
