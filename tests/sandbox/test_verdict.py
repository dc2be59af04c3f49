"""From what the supervisor measured to status and text: a pure function, so every combination can be tried."""

import itertools
import signal

import pytest

from core.sandbox import Limits, Status
from core.sandbox.jail.report import FAILED, KEYBOARD, MEMORY, NETWORK, PROCESS, TEXT_BYTES, ReportPage
from core.sandbox.verdict import Ending, duration, output_of, status_of


def ending(**known: object) -> Ending:
    """One that went well, with what is different."""
    usual = {
        "killed": None,
        "exit": 0,
        "cpu_exceeded": False,
        "seconds": 0.1,
        "flags": 0,
        "text": "",
        "printed": b"",
        "total": 0,
    }
    return Ending(**(usual | known))  # type: ignore[arg-type]


def read(what: Ending, seconds: float = 5.0) -> tuple[Status, str]:
    """Status and text."""
    status = status_of(what)
    return status, output_of(what, status, Limits(), seconds)


@pytest.mark.parametrize(
    ("known", "status", "output"),
    [
        ({}, Status.OK, ""),
        ({"printed": b"a", "total": 1}, Status.OK, "a"),
        ({"exit": 1, "flags": FAILED, "text": "T\n", "printed": b"a", "total": 1}, Status.ERROR, "a\nT\n"),
        (
            {"exit": 1, "flags": FAILED | MEMORY, "text": "MemoryError\n"},
            Status.MEMORY,
            "MemoryError\n[Memory limit reached (512 MiB).]\n",
        ),
        ({"exit": 77}, Status.ERROR, "[The program ended with exit status 77.]\n"),
        ({"exit": 0, "flags": FAILED | MEMORY}, Status.OK, ""),
        ({"exit": 5, "flags": FAILED | MEMORY}, Status.ERROR, "[The program ended with exit status 5.]\n"),
        ({"exit": -11}, Status.ERROR, "[The interpreter crashed (SIGSEGV).]\n"),
        ({"exit": -63}, Status.ERROR, "[The interpreter crashed (signal 63).]\n"),
        ({"exit": -9}, Status.MEMORY, "[Memory limit reached (512 MiB).]\n"),
        ({"exit": -9, "cpu_exceeded": True}, Status.TIMEOUT, "[Execution timed out (5 seconds).]\n"),
        ({"exit": -24, "cpu_exceeded": True}, Status.TIMEOUT, "[Execution timed out (5 seconds).]\n"),
        ({"exit": 0, "cpu_exceeded": True}, Status.OK, ""),
        ({"exit": -9, "killed": "timeout", "text": "forged\n"}, Status.TIMEOUT, "[Execution timed out (5 seconds).]\n"),
        (
            {"exit": -9, "killed": "output", "printed": b"x", "total": 9},
            Status.OUTPUT_TRUNCATED,
            "x\n[Output stopped at 1 MiB.]\n",
        ),
        ({"exit": -9, "killed": "memory"}, Status.MEMORY, "[Memory limit reached (512 MiB).]\n"),
        ({"exit": -9, "killed": "folder"}, Status.ERROR, "[The work folder is full (64 MiB, 2000 files).]\n"),
        (
            {"printed": b"x" * 10, "total": 2048},
            Status.OUTPUT_TRUNCATED,
            "x" * 10 + "\n[The first 0 KiB of 2 KiB are shown.]\n",
        ),
        ({"exit": None}, Status.OK, ""),
        ({"exit": None, "flags": FAILED, "text": "E\n"}, Status.ERROR, "E\n"),
        (
            {"exit": None, "flags": FAILED | MEMORY, "text": "E\n"},
            Status.MEMORY,
            "E\n[Memory limit reached (512 MiB).]\n",
        ),
        (
            {"exit": None, "killed": "timeout", "flags": FAILED, "text": "KeyboardInterrupt\n"},
            Status.TIMEOUT,
            "[Execution timed out (5 seconds).]\n",
        ),
    ],
)
def test_an_ending_becomes_a_status_and_a_text(known: dict[str, object], status: Status, output: str):
    assert read(ending(**known)) == (status, output)


def test_notices_are_one_sentence_each():
    _, output = read(ending(flags=NETWORK | PROCESS | KEYBOARD))
    assert output.splitlines() == [
        "[There is no network here.]",
        "[Programs cannot start other programs here.]",
        "[There is no keyboard here: write the values into the program.]",
    ]


def test_the_programs_word_never_makes_a_bad_end_good():
    for flags, killed, code in itertools.product(
        range(64), ["timeout", "output", "memory", "folder", None], [-11, -9, 1, 70, 255]
    ):
        assert status_of(ending(flags=flags, killed=killed, exit=code)) is not Status.OK


@pytest.mark.parametrize("raw", [b"\xff", b"a\x00b", "é".encode()[:1], "漢字".encode()[:4]])
def test_any_bytes_become_text(raw: bytes):
    _, output = read(ending(printed=raw, total=len(raw)))
    assert output.encode("utf-8")


def test_a_character_that_was_cut_is_left_out():
    raw = "漢字".encode()
    assert read(ending(printed=raw[:4], total=5000))[1].startswith("漢\n[")


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 second"), (5.0, "5 seconds"), (0.5, "0.5 seconds"), (1.25, "1.25 seconds")]
)
def test_durations_are_words(seconds: float, words: str):
    assert duration(seconds) == words


def test_the_report_page_survives_what_a_program_writes_into_it():
    page = ReportPage()
    page.note(FAILED)
    page.write("é" * TEXT_BYTES)
    assert page.read().flags == FAILED
    assert len(page.read().text.encode("utf-8", "replace")) <= TEXT_BYTES + 3
    page._memory[:] = b"\xff" * len(page._memory)
    assert page.read().text
    page.clear()
    assert page.read().text == "" and page.read().flags == 0


def test_signals_have_their_names():
    assert "SIGABRT" in read(ending(exit=-signal.SIGABRT))[1]
