"""How far an export is."""

from __future__ import annotations

import pytest

from convergent_widgets.export import progress
from convergent_widgets.export.progress import telling


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes when told."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_a_short_export_says_nothing(clock, capsys):
    with telling(True) as tick:
        for done in range(5):
            clock[0] += 0.3
            tick(done + 1, 5)
    assert capsys.readouterr().err == ""


def test_a_long_one_says_how_far_it_is_and_ends_its_line(clock, capsys):
    with telling(True) as tick:
        for done in range(10):
            clock[0] += 0.3
            tick(done + 1, 10)
    assert capsys.readouterr().err == "\rexporting: 70 %\rexporting: 90 %\rexporting: 100 %\n"


def test_an_interrupted_one_ends_its_line(clock, capsys):
    def work():
        with telling(True) as tick:
            clock[0] += 3
            tick(1, 10)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert capsys.readouterr().err == "\rexporting: 10 %\n"


def test_quiet_or_told_to_somebody_else(clock, capsys):
    told = []
    for each in (False, lambda done, of: told.append((done, of))):
        with telling(each) as tick:
            clock[0] += 3
            tick(1, 2)
    assert told == [(1, 2)]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("wrong", [None, "yes", 3])
def test_anything_else_is_refused(wrong):
    with pytest.raises(TypeError, match="`progress` must be True, False or a function of"), telling(wrong):
        pass
