"""Sandboxes for the tests: real ones, started once, used from the event loop of every test."""

import asyncio
import os
from collections.abc import Iterator

import pytest

from core.sandbox import Sandbox

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """The strongest mode of this machine."""
    sandbox = Sandbox()
    yield sandbox
    asyncio.run(sandbox.close())


@pytest.fixture(scope="session")
def lite() -> Iterator[Sandbox]:
    """What is left where namespaces are refused."""
    sandbox = Sandbox(mode="lite")
    yield sandbox
    asyncio.run(sandbox.close())


@pytest.fixture(params=["sandbox", "lite"])
def both(request: pytest.FixtureRequest) -> Sandbox:
    """The same promise in both modes."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Sandbox)
    return found
