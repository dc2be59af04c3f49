"""Reply to posts: within a platform's limits, what does not fit as a file, and nothing in it that can do harm."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot import words
from bot.defuse import (
    escaped_for_discord,
    escaped_for_slack,
    plain,
    posted_file_name,
    unfenced,
    unlinked,
    unmentioned,
    unused_name,
)
from core.conversation import ProgramFile, Reply, Status

DISCORD_LIMIT = 2000  # UTF-16 units of a message
SLACK_TEXT = 2900  # characters of a section or of a message's text, entities counted as they are sent
SLACK_BLOCKS = 50
FILES, FILES_BYTES = 10, 8 * 2**20  # what one post may carry

_THOUGHT, _CODE, _OUTPUT, _WORDS = 280, 900, 700, 700  # characters shown on Discord
_CODE_LINES, _OUTPUT_LINES = 25, 20
_SIGNS = {
    Status.OK: "✅ ok",
    Status.ERROR: "❌ error",
    Status.TIMEOUT: "⏱️ timed out",
    Status.MEMORY: "❌ out of memory",
    Status.OUTPUT_TRUNCATED: "✂️ output stopped",
    Status.UNAVAILABLE: "⛔ not run",
}
_IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp")

Measure = Callable[[str], int]
Dress = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class DiscordPost:
    """One message: its text (markdown, at most 2000 UTF-16 units), its files, and the turn that it answers."""

    text: str
    files: tuple[ProgramFile, ...] = ()
    turn_id: str = ""


@dataclass(frozen=True, slots=True)
class SlackPost:
    """One message: `text` for notifications and as the fallback, `blocks` for the eye, files for the thread."""

    text: str
    blocks: tuple[dict[str, object], ...] = ()
    files: tuple[ProgramFile, ...] = ()


@dataclass(frozen=True, slots=True)
class _Shown:
    """A text as it is shown, and whether that is all of it."""

    text: str
    whole: bool


def discord_post(reply: Reply, *, heading: str = "", notes: Sequence[str] = ()) -> DiscordPost:
    """The layout on Discord: thought as a quote, code and output as blocks, words, a small footer.

    `heading` opens the post (as markdown; it is not escaped), `notes` are small lines under the footer.
    """
    for scale in (1.0, 0.7, 0.4, 0.2):
        post = _discord_post(reply, heading, notes, scale)
        if utf16(post.text) <= DISCORD_LIMIT:
            return post
    return DiscordPost(cut(post.text, DISCORD_LIMIT, utf16), post.files, post.turn_id)


def slack_post(reply: Reply, *, notes: Sequence[str] = ()) -> SlackPost:
    """The layout on Slack: context (thought), sections (code, output, words), context (footer)."""
    code = _shown(reply.code, 2500, 60, _slack_code)
    output = _shown(_output(reply), 2500, 40, _slack_code, keep_end=_keeps_end(reply))
    said = _shown(_words(reply), SLACK_TEXT, 200, escaped_for_slack)
    thought = _shown(_one_line(reply.thought), _THOUGHT, 1, escaped_for_slack)
    files, dropped = _files(reply, code, output, said, plain(reply.code))
    footer = [_footer(reply, escaped_for_slack), *notes, *_dropped(dropped)]
    sections = [part for part in (_slack_block(code), _slack_block(output), closed(said.text)) if part]
    blocks = [_context(thought.text)] if thought.text else []
    blocks += [_section(part) for part in sections]
    blocks.append(_context("\n".join(footer)))
    fallback = "\n".join(sections) or footer[0]
    return SlackPost(cut(fallback, SLACK_TEXT), tuple(blocks), files)


def slack_plain(post: SlackPost) -> SlackPost:
    """The same post without blocks, for a server that refuses them: its text, and everything else as files."""
    return SlackPost(post.text, (), post.files)


def utf16(text: str) -> int:
    """The length of a text as Discord's clients count it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int, measure: Measure = len) -> str:
    """The longest beginning of a text within a limit, marked with an ellipsis."""
    if measure(text) <= limit:
        return text
    return closed(_prefix(text, limit - len("…\n```"), measure) + "…")


def closed(text: str) -> str:
    """With an open code block closed, so that what follows is not inside it."""
    return text + "\n```" if text.count("```") % 2 else text


def _discord_post(reply: Reply, heading: str, notes: Sequence[str], scale: float) -> DiscordPost:
    def of(limit: int) -> int:
        return int(limit * scale)

    words_limit = _WORDS if reply.code else 1600
    code = _shown(reply.code, of(_CODE), _CODE_LINES, _discord_code, measure=utf16)
    output = _shown(
        _output(reply), of(_OUTPUT), _OUTPUT_LINES, _discord_code, keep_end=_keeps_end(reply), measure=utf16
    )
    said = _shown(_words(reply), of(words_limit), 60, _discord_words, measure=utf16)
    thought = _shown(_one_line(reply.thought), of(_THOUGHT), 1, _discord_plain, measure=utf16)
    files, dropped = _files(reply, code, output, said, _discord_code(plain(reply.code)))
    small = [_footer(reply, _discord_plain), *notes, *_dropped(dropped)]
    parts = [
        heading,
        f"> {thought.text}" if thought.text else "",
        _discord_block("py", code, "# … the rest is in answer.py"),
        _discord_block("text", output, "… all of it is in output.txt"),
        closed(said.text) + ("" if said.whole else "\n… all of it is in answer.txt"),
        *(f"-# {line}" for line in small),
    ]
    return DiscordPost("\n".join(part for part in parts if part), files, reply.turn_id)


def _discord_block(language: str, shown: _Shown, rest: str) -> str:
    if not shown.text:
        return ""
    return f"```{language}\n{shown.text}" + ("" if shown.whole else f"\n{rest}") + "\n```"


def _slack_block(shown: _Shown) -> str:
    if not shown.text:
        return ""
    return f"```{shown.text}" + ("" if shown.whole else "\n… the rest is in the file") + "```"


def _section(text: str) -> dict[str, object]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _context(text: str) -> dict[str, object]:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": cut(text, SLACK_TEXT), "verbatim": True}]}


def _discord_code(text: str) -> str:
    return unmentioned(unfenced(text))


def _discord_plain(text: str) -> str:
    return unmentioned(escaped_for_discord(text))


def _discord_words(text: str) -> str:
    return unlinked(unmentioned(text))


def _slack_code(text: str) -> str:
    return escaped_for_slack(unfenced(text))


def _output(reply: Reply) -> str:
    """What the program printed; words without a program are not output."""
    return reply.output if reply.code else ""


def _words(reply: Reply) -> str:
    """The model's closing words, unless they only repeat the output above them."""
    repeats = bool(reply.code) and reply.text.strip() == reply.output.strip()
    return "" if repeats else reply.text or words.NO_WORDS


def _keeps_end(reply: Reply) -> bool:
    """A traceback says what went wrong in its last line."""
    return reply.status in (Status.ERROR, Status.MEMORY, Status.TIMEOUT)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _shown(
    text: str, limit: int, lines: int, dress: Dress, *, keep_end: bool = False, measure: Measure = len
) -> _Shown:
    """As much of a text as fits, dressed: its first lines, or its last ones."""
    clean = plain(text).strip("\n")
    rows = clean.split("\n")
    kept = "\n".join(rows[-lines:] if keep_end else rows[:lines])

    def cost(part: str) -> int:
        return measure(dress(part))

    if len(kept) > limit or cost(kept) > limit:
        kept = _suffix(kept, limit, cost) if keep_end else _prefix(kept, limit, cost)
    return _Shown(dress(kept), whole=kept == clean)


def _prefix(text: str, limit: int, cost: Measure) -> str:
    """The longest beginning within the limit, ending with a line where that loses less than half."""
    text = text[:limit]
    kept = text[: bisect_right(range(1, len(text) + 1), limit, key=lambda end: cost(text[:end]))]
    at = kept.rfind("\n")
    return kept[:at] if at > len(kept) // 2 else kept


def _suffix(text: str, limit: int, cost: Measure) -> str:
    """The same for the end of a text."""
    text = text[-limit:]
    count = bisect_right(range(1, len(text) + 1), limit, key=lambda length: cost(text[-length:]))
    kept = text[len(text) - count :]
    at = kept.find("\n")
    return kept[at + 1 :] if 0 <= at < len(kept) // 2 else kept


def _footer(reply: Reply, dress: Dress) -> str:
    """Status, seconds, attempts, model, turn, state: one small line."""
    programs = sum(bool(attempt.code) for attempt in reply.attempts)
    seconds = reply.timings.total_seconds
    parts = [
        _SIGNS.get(reply.status, str(reply.status)) if reply.code else "💬 no program",
        f"{programs} programs tried" if programs > 1 else "",
        f"{seconds:.1f} s",
        dress(plain(reply.model)[:60]),
        f"turn {reply.turn_id}",
        "variables were lost" if reply.state_lost else "",
        "⚠️ unsafe sandbox" if reply.mode == "unsafe" else "",
        words.TEACHES,
    ]
    return " · ".join(part for part in parts if part)


def _files(
    reply: Reply, code: _Shown, output: _Shown, said: _Shown, dressed_code: str
) -> tuple[tuple[ProgramFile, ...], list[str]]:
    """What travels with the post, in order of worth, and the names of what does not fit."""
    wanted: list[ProgramFile] = []
    if reply.code and (not code.whole or dressed_code != reply.code):  # a defused program cannot be copied
        wanted.append(_text_file("answer.py", reply.code))
    if not output.whole:
        wanted.append(_text_file("output.txt", plain(reply.output)))
    if not said.whole:
        wanted.append(_text_file("answer.txt", plain(reply.text)))
    wanted += sorted(reply.files, key=lambda file: not file.name.lower().endswith(_IMAGES))
    if sum(bool(attempt.code) for attempt in reply.attempts) > 1:
        wanted.append(_text_file("steps.md", _steps(reply)))
    return _within_limits(wanted)


def _within_limits(wanted: Iterable[ProgramFile]) -> tuple[tuple[ProgramFile, ...], list[str]]:
    kept: list[ProgramFile] = []
    dropped: list[str] = []
    total = 0
    for file in wanted:
        name = unused_name(posted_file_name(file.name), {other.name for other in kept})
        if len(kept) == FILES or total + len(file.content) > FILES_BYTES:
            dropped.append(name)
            continue
        total += len(file.content)
        kept.append(ProgramFile(name, file.content))
    return tuple(kept), dropped


def _dropped(names: list[str]) -> list[str]:
    return [f"Not attached (too large or too many): {', '.join(f'`{name}`' for name in names[:5])}"] if names else []


def _steps(reply: Reply) -> str:
    """Every program of a turn and what it gave, for whoever wants to see the repair."""
    tried = [attempt for attempt in reply.attempts if attempt.code]
    return "\n".join(
        f"## {number}. {attempt.status}\n\n{plain(attempt.thought)}\n\n"
        f"~~~~~~~~python\n{plain(attempt.code)}\n~~~~~~~~\n\n~~~~~~~~text\n{plain(attempt.output)}\n~~~~~~~~\n"
        for number, attempt in enumerate(tried, 1)
    )


def _text_file(name: str, text: str) -> ProgramFile:
    return ProgramFile(name, text.encode("utf-8", "replace"))
