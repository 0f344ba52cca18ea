"""Freed memory is kept inside and given back afterwards."""

import subprocess
import sys

import pytest

from convergent_widgets.compute import freed_memory

resource = pytest.importorskip("resource", reason="needs POSIX")

MEASURE = """
import resource, torch
from convergent_widgets.compute.freed_memory import freed_memory_kept

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        torch.ones(64 << 18)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() >> 20

faults()
outside = faults()
with freed_memory_kept():
    faults()
    inside, held = faults(), resident()
left = resident()
print(outside, inside, faults(), held - left)
"""


@pytest.mark.skipif(freed_memory._glibc() is None, reason="needs glibc")
def test_it_is_cleared_once_instead_of_every_time():
    ran = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True)
    outside, inside, afterwards, given_back = map(int, ran.stdout.split())
    pages = (64 << 20) // resource.getpagesize()
    assert inside < pages / 2 < outside
    assert afterwards > inside
    assert given_back > 50


def test_without_glibc_nothing_is_touched(monkeypatch):
    monkeypatch.setattr(freed_memory.sys, "platform", "darwin")
    assert freed_memory._glibc() is None
    with freed_memory.freed_memory_kept():
        pass
