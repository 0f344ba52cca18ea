"""Tests of widgets meet no event loop but their own."""

from __future__ import annotations

import asyncio

import pytest


@pytest.fixture(autouse=True)
def no_foreign_loop():
    """A browser test in the same process leaves its loop marked as running, though it stands still."""
    foreign = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(foreign)
