"""The real parts that tests are built from: a database in a temporary folder, a sandbox, a channel."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.conversation import Channel
from core.memory import Memory
from core.sandbox import Limits, Sandbox

HERE = Channel("terminal", "", "tests", private=True)


@pytest.fixture
async def memory(tmp_path: Path) -> AsyncIterator[Memory]:
    """An empty database."""
    memory = Memory(f"sqlite+aiosqlite:///{tmp_path / 'codeact.sqlite3'}")
    await memory.open()
    yield memory
    await memory.close()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """The strongest sandbox that this machine has."""
    async with Sandbox(Limits()) as sandbox:
        yield sandbox
