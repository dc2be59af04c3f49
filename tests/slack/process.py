"""The unmodified process `codeact slack`, pointed at the loopback Slack by its address settings."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.slack.loopback import LoopbackSlack
from tests.slack.web_api import APP_TOKEN, BOT_TOKEN

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0  # a loaded machine with two cores imports slowly


@asynccontextmanager
async def bot(
    slack: LoopbackSlack, folder: Path, model: str, **settings: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process with its database and its log in a folder; killed at the end where it still runs."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("CODEACT_", "DISCORD_", "SLACK_"))}
    ours = {
        "CODEACT_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'bot.sqlite3'}",
        "CODEACT_MODEL": model,
        "CODEACT_CLOSING_WORDS": "false",
        "CODEACT_SANDBOX_PACKAGES": "",
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_API_BASE": slack.api_base.rstrip("/"),
    }
    with (folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "codeact.py"),
            "slack",
            cwd=folder,
            env=kept | ours | settings,
            stdout=log,
            stderr=log,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def connected(slack: LoopbackSlack, connections: int) -> None:
    """The process has opened this many sockets, counted from the start of the test."""
    await slack.until(lambda: slack.sockets.connections >= connections or None, START_SECONDS)


def log_of(folder: Path) -> str:
    return (folder / "log").read_text("utf-8", "replace")
