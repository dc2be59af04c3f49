"""What people see of a reply, on Discord and on Slack."""

import pytest

from bot.defuse import escaped_for_discord, file_name, plain, posted_file_name, unfenced, unlinked, unmentioned
from bot.render import (
    DISCORD_LIMIT,
    FILES,
    FILES_BYTES,
    SLACK_TEXT,
    DiscordPost,
    SlackPost,
    cut,
    discord_post,
    slack_post,
    utf16,
)
from core.conversation import Attempt, Channel, Finish, ProgramFile, Reply, Status, Timings

HERE = Channel("discord", "1", "2")
HOSTILE = (
    "```\n@everyone @here <@123> <@&9> <#5> <!channel> <https://evil.example|bank> & "
    "\x1b[31mred\x1b[0m \u202egnp.exe\u202c \x00 [bank](https://evil.example)\n```"
)


def reply(
    code: str = "print(6 * 7)",
    output: str = "42",
    *,
    text: str | None = None,
    thought: str = "I multiply.",
    status: Status = Status.OK,
    files: tuple[ProgramFile, ...] = (),
    programs: int = 1,
    mode: str = "full",
    state_lost: bool = False,
) -> Reply:
    attempts = tuple(Attempt("", thought, code, status, output) for _ in range(programs))
    said = output if text is None else text
    finish = Finish.EXECUTION if code else Finish.MODEL
    timings = Timings(0.5, 0.3, 0.8)
    return Reply(
        "01abc",
        HERE,
        "q",
        thought,
        code,
        output,
        said,
        status,
        finish,
        attempts,
        "mini",
        timings,
        files,
        mode,
        state_lost,
    )


def names(post: DiscordPost | SlackPost) -> list[str]:
    return [file.name for file in post.files]


def slack_texts(post: SlackPost) -> list[str]:
    texts = [post.text]
    for block in post.blocks:
        held = block["text"] if block["type"] == "section" else block["elements"][0]  # type: ignore[index]
        texts.append(held["text"])  # type: ignore[index]
    return texts


def test_a_discord_answer_shows_thought_code_output_and_a_footer() -> None:
    assert discord_post(reply()).text == (
        "> I multiply.\n```py\nprint(6 * 7)\n```\n```text\n42\n```\n"
        "-# ✅ ok · 0.8 s · mini · turn 01abc · react ✅ or ❌ to teach me"
    )


def test_a_slack_answer_shows_thought_code_output_and_a_footer() -> None:
    post = slack_post(reply())

    assert [block["type"] for block in post.blocks] == ["context", "section", "section", "context"]
    assert slack_texts(post)[1:4] == ["I multiply.", "```print(6 * 7)```", "```42```"]
    assert "turn 01abc" in slack_texts(post)[4]
    assert post.text == "```print(6 * 7)```\n```42```"


def test_closing_words_are_shown_once() -> None:
    assert discord_post(reply(text="It is 42.")).text.count("It is 42.") == 1
    assert discord_post(reply(text="42\n")).text.count("42") == 1
    assert "no program" in discord_post(reply("", "Hello!")).text
    assert discord_post(reply("", "Hello!")).text.count("Hello!") == 1


def test_a_reply_without_any_words_still_says_something() -> None:
    assert len(discord_post(reply("", "", thought="")).text) > 20
    assert slack_post(reply("", "", thought="")).text.strip()


@pytest.mark.parametrize("piece", ["x", "é", "😀", "`", "```", "&", "<", "@everyone ", "\n", "\t", "[a](b)", "*_~|>#"])
@pytest.mark.parametrize("size", [10, 500, 2_000, 50_000])
def test_every_answer_fits_the_platforms(piece: str, size: int) -> None:
    long = "a" + piece * size
    for long_reply in (
        reply(long, long, text=long + "!", thought=long),
        reply("", long, thought=long),
        reply(long, long, status=Status.ERROR),
    ):
        assert utf16(discord_post(long_reply, heading="h" * 200, notes=["n" * 200]).text) <= DISCORD_LIMIT
        slack = slack_post(long_reply)
        assert all(len(text) <= SLACK_TEXT + 100 for text in slack_texts(slack))
        assert sum(len(text) for text in slack_texts(slack)) < 12_000


def test_what_does_not_fit_is_a_file_with_all_of_it() -> None:
    code = "\n".join(f"print({n})" for n in range(300))
    output = "\n".join(str(n) for n in range(300))
    for post in (
        discord_post(reply(code, output, text="done " * 2000)),
        slack_post(reply(code, output, text="done " * 2000)),
    ):
        assert names(post) == ["answer.py", "output.txt", "answer.txt"]
        assert post.files[0].content == code.encode()
        assert post.files[1].content == output.encode()


def test_a_short_answer_has_no_file() -> None:
    assert discord_post(reply()).files == ()
    assert slack_post(reply()).files == ()


def test_an_error_shows_the_end_of_the_traceback() -> None:
    trace = "Traceback:\n" + "  frame\n" * 500 + "ZeroDivisionError: division by zero"
    for text in (
        discord_post(reply(output=trace, status=Status.ERROR)).text,
        slack_post(reply(output=trace, status=Status.ERROR)).text,
    ):
        assert "ZeroDivisionError: division by zero" in text
        assert "Traceback:" not in text


def test_nothing_hostile_reaches_discord() -> None:
    for hostile in (reply(HOSTILE, HOSTILE, thought=HOSTILE, text=HOSTILE + "."), reply("", HOSTILE)):
        text = discord_post(hostile).text
        for danger in ("@everyone", "@here", "<@1", "<@&", "<#", "\x1b", "\u202e", "\x00"):
            assert danger not in text
        assert text.splitlines()[-1].startswith("-# ")


def test_words_cannot_hide_where_a_link_leads() -> None:
    assert "](" not in discord_post(reply("", "[bank](https://evil.example)")).text


def test_a_program_cannot_leave_its_code_block() -> None:
    text = discord_post(reply("a = '```'", "````` out")).text

    assert text.count("```") == 4


def test_a_defused_program_is_attached_as_it_was() -> None:
    [file] = discord_post(reply("print('@everyone')")).files

    assert (file.name, file.content) == ("answer.py", b"print('@everyone')")


def test_nothing_hostile_reaches_slack() -> None:
    post = slack_post(reply(HOSTILE, HOSTILE, thought=HOSTILE, text=HOSTILE + "."))

    for text in slack_texts(post):
        for danger in ("<!", "<@", "<h", "\x1b", "\u202e", "\x00"):
            assert danger not in text
    assert "&lt;!channel&gt;" in post.text


def test_an_entity_of_slack_is_never_cut_in_half() -> None:
    for text in slack_texts(slack_post(reply("", "&" * 5000))):
        assert text.replace("&amp;", "").count("&") == 0


def test_images_of_the_program_come_first_and_limits_hold() -> None:
    files = (*(ProgramFile(f"{n}.csv", b"1") for n in range(12)), ProgramFile("plot.png", b"png"))
    post = discord_post(reply(files=files))

    assert names(post)[0] == "plot.png"
    assert len(post.files) == FILES
    assert "Not attached" in post.text
    big = (ProgramFile("big.bin", b"0" * (FILES_BYTES + 1)), ProgramFile("small.txt", b"1"))
    assert names(discord_post(reply(files=big))) == ["small.txt"]


def test_files_of_the_same_name_stay_apart() -> None:
    files = (ProgramFile("answer.py", b"1"), ProgramFile("a/answer.py", b"2"))

    assert names(discord_post(reply("x = 1\n" * 500, files=files))) == ["answer.py", "answer-2.py", "answer-3.py"]


def test_a_repair_is_told_and_its_steps_are_a_file() -> None:
    post = discord_post(reply(programs=3))

    assert "3 programs tried" in post.text
    assert names(post) == ["steps.md"]
    assert post.files[0].content.decode().count("print(6 * 7)") == 3


def test_lost_variables_and_an_unsafe_sandbox_are_told() -> None:
    text = discord_post(reply(mode="unsafe", state_lost=True)).text

    assert "variables were lost" in text
    assert "unsafe sandbox" in text


def test_an_open_code_block_in_closing_words_is_closed() -> None:
    assert discord_post(reply(text="look:\n```py\nx")).text.count("```") % 2 == 0


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("plot.png", "plot.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.txt", "a.txt"),
        ("a\u202egnp.exe", "agnp.exe.txt"),
        ("run.BAT", "run.BAT.txt"),
        ("<b>@everyone`.csv", "_b_@everyone_.csv"),
        ("", "file"),
        ("..", "file"),
        (".bashrc", "bashrc"),
        ("größe 1.csv", "größe 1.csv"),
        ("x" * 300 + ".png", "x" * 76 + ".png"),
        ("a\nb.txt", "a_b.txt"),
    ],
)
def test_a_file_name_is_harmless(name: str, safe: str) -> None:
    assert posted_file_name(name) == safe


def test_a_file_that_somebody_gives_us_keeps_its_ending() -> None:
    assert file_name("../run.sh") == "run.sh"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]an unfinished string\nnext", "an unfinished string\nnext"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("\x9b31mred", "red"),
        ("a\u202eb\u2066c\u200fd", "abcd"),
        ("tab\tnewline\n", "tab\tnewline\n"),
        ("\ud800lone", "lone"),
        ("👩‍👩‍👧 שלום", "👩‍👩‍👧 שלום"),
    ],
)
def test_text_is_plain(text: str, clean: str) -> None:
    assert plain(text) == clean


def test_defusing_changes_nothing_that_can_be_seen() -> None:
    for defuse in (unfenced, unmentioned):
        assert defuse(HOSTILE).replace("\u200b", "") == HOSTILE
    assert unlinked("[a](b) a[0]") == "[a]\\(b) a[0]"
    assert escaped_for_discord("# *a*\n1. b") == "\\# \\*a\\*\n\\1. b"


def test_a_cut_text_says_so() -> None:
    assert cut("abc", 3) == "abc"
    assert cut("word " * 100, 50).endswith("…")
    assert len(cut("```\n" + "x" * 100, 60)) <= 60
