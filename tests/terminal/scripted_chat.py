"""The terminal chat as a process, with a scripted model: `python -m tests.terminal.scripted_chat DATABASE`.

The script is read from the environment variable SCRIPT, a JSON list; a completion "wait" thinks until it is stopped.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from bot.terminal_adapter import run
from core.conversation import Channel
from core.engine import ScriptedEngine
from core.memory import Memory
from core.sandbox import Sandbox
from core.service import ChatService


class Script(ScriptedEngine):
    """Says the script; prompts go to a file, so that a test can read what the model was shown."""

    async def complete(self, messages, sampling, on_text=None):
        completion = await super().complete(messages, sampling, on_text)
        prompts = [[message.content for message in prompt] for prompt in self.prompts]
        Path(sys.argv[1]).with_suffix(".prompts").write_text(json.dumps(prompts))
        if completion.text == "wait":
            await asyncio.sleep(600)
        return completion


async def main() -> bool:
    folder = Path(sys.argv[1]).parent
    memory = Memory(f"sqlite+aiosqlite:///{sys.argv[1]}")
    await memory.open()
    async with Sandbox() as sandbox:
        engine = Script(json.loads(os.environ["SCRIPT"]), closes=False, name="scripted")
        service = ChatService(engine, sandbox, memory, budget=2048)
        here = Channel("terminal", "", "chat", private=True)
        answered = await run(
            service, channel=here, author="ada", history_file=folder / "history", files=folder / "files"
        )
    await memory.close()
    return answered


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(main()) else 1)
