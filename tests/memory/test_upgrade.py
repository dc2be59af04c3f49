"""A database of the first version keeps what it holds."""

import sqlite3
import subprocess
import sys
from pathlib import Path

from core.conversation import Verdict
from core.memory import Memory
from tests.memory.material import GUILD

ROOT = Path(__file__).resolve().parents[2]
FIRST = """
INSERT INTO inbox (platform, key, workspace, channel, private, author, text, message_id, received_at)
  VALUES ('discord', 'e1', 'guild', 'general', 0, 'ada', 'open', 'm1', '2026-01-01 00:00:00');
INSERT INTO channels (id, platform, workspace, channel, conversation) VALUES (1, 'discord', 'guild', 'general', 0);
INSERT INTO turns (id, channel_id, conversation, private, author, message_id, question, attachments, finish, model,
    prompt_version, prompt_sha256, prompt_turn_ids, prompt_marked_turn_ids, prompt_example_ids, max_new_tokens,
    temperature, top_p, seed, thinking_seconds, running_seconds, total_seconds, skipped, created_at)
  VALUES ('a', 1, 0, 0, 'ada', 'm0', 'q', '[]', 'execution', 'mini', 1, '0', '[]', '[]', '[]', 400, 0, 1, 0, 0, 0, 0,
    0, '2026-01-01 00:00:00');
INSERT INTO attempts VALUES ('a', 0, 'c', '', 'print(1)', 'ok', '1', '1', 0.1);
INSERT INTO posts (channel_id, post_id, turn_id) VALUES (1, 'p1', 'a');
INSERT INTO votes (turn_id, author, label, voted_at) VALUES ('a', 'ada', 1, '2026-01-01 00:00:00');
"""


async def test_a_database_of_the_first_version_keeps_its_turns_votes_and_messages(tmp_path: Path):
    path = tmp_path / "first.sqlite3"
    url = f"sqlite+aiosqlite:///{path}"
    command = [sys.executable, "-m", "alembic", "-x", f"url={url}", "upgrade", "0001"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    connection = sqlite3.connect(path)
    connection.executescript(FIRST)
    connection.close()
    memory = Memory(url)
    await memory.open()
    [turn] = await memory.recall(GUILD)
    assert (turn.id, turn.key, turn.rerun_of, turn.last.output) == ("a", "", "", "1")
    assert await memory.verdict("a") is Verdict.POSITIVE
    assert await memory.votes_on_post(GUILD, "p1") == {}  # nobody wrote down where it was cast
    await memory.vote("a", "ada", True, "p1")
    assert await memory.votes_on_post(GUILD, "p1") == {"ada": True}
    [message] = await memory.unanswered("discord")
    assert message.text == "open" and await memory.attempts("discord", "e1") == 0
    assert await memory.first_meeting(GUILD) is True
    await memory.close()
