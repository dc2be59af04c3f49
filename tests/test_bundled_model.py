"""The bundled model answers everyday questions in wordings that are in no training row, from a fresh clone."""

from collections.abc import AsyncIterator

import pytest

from core.conversation import IncomingMessage, Sampling
from core.engine.local import TransformersEngine
from core.memory import Memory
from core.sandbox import Sandbox
from core.service import ChatService
from core.settings import ROOT
from tests.conftest import HERE

FAMILIES = {
    "sum": [
        ("What do 14, 9, 33 and 7 make altogether?", "63"),
        ("sum these for me: 5 8 13 21", "47"),
        ("hey, my expenses were 12, 40, 7 and 19 – whats the total", "78"),
        ("Calculate the sum of [2, 4, 6, 8, 10]", "30"),
    ],
    "primes": [
        ("give me first 10 prime numbers", "[2, 3, 5, 7, 11, 13, 17, 19, 23, 29]"),
        ("Could you list the first 7 primes?", "[2, 3, 5, 7, 11, 13, 17]"),
        ("show all primes below 30", "[2, 3, 5, 7, 11, 13, 17, 19, 23, 29]"),
        ("is 97 prime?", "True"),
    ],
    "average": [
        ("what's the average of 10, 20, 30 and 60?", "30.0"),
        ("my grades are 5, 4, 3, 5. what is my mean grade?", "4.25"),
        ("compute the arithmetic mean of [1.5, 2.5, 3.5]", "2.5"),
        ("Average for 7 8 9 please", "8.0"),
    ],
    "list reversal": [
        ("reverse the list [1, 2, 3, 4, 5]", "[5, 4, 3, 2, 1]"),
        ("flip this list around: 9, 8, 3", "[3, 8, 9]"),
        ("Can you turn [4, 7, 1] back to front?", "[1, 7, 4]"),
        ("i need 3, 6, 12 in the opposite order", "[12, 6, 3]"),
    ],
    "palindrome": [
        ('is "racecar" a palindrome?', "True"),
        ("check whether level reads the same backwards", "True"),
        ("Is 'hello' a palindrome or not?", "False"),
        ("does the word madam read the same forwards and backwards", "True"),
    ],
    "factorial": [
        ("What is 12 factorial?", "479001600"),
        ("compute 5!", "120"),
        ("could you work out the factorial of 8 for me", "40320"),
        ("how much is 10 factorial", "3628800"),
    ],
    "sorting": [
        ("sort 5, 2, 9, 1 in ascending order", "[1, 2, 5, 9]"),
        ("Please put [34, 12, 5, 66] in order from smallest to largest", "[5, 12, 34, 66]"),
        ("sort descending: 3 8 1", "[8, 3, 1]"),
        ("arrange 8, 3, 9, 4 from high to low", "[9, 8, 4, 3]"),
    ],
    "maximum": [
        ("what's the biggest of 3, 17, 9?", "17"),
        ("find the maximum in [4, 88, 23]", "88"),
        ("which number is the largest: 45, 12, 78, 34", "78"),
        ("the highest value among 6 2 9 5?", "9"),
    ],
}


@pytest.fixture
async def service(memory: Memory, sandbox: Sandbox) -> AsyncIterator[ChatService]:
    engine = TransformersEngine(ROOT / "models" / "codeact-mini")
    yield ChatService(engine, sandbox, memory, sampling=Sampling(max_new_tokens=200), keeps_state=False)
    await engine.close()


@pytest.mark.parametrize("family", FAMILIES)
async def test_at_least_three_of_four_are_right(service: ChatService, family: str):
    right = 0
    for question, answer in FAMILIES[family]:
        await service.reset(HERE)
        reply = await service.respond(IncomingMessage(HERE, "ada", question))
        right += reply.output.strip().splitlines()[-1:] == [answer]
    assert right >= 3


async def test_the_first_n_are_told_from_those_up_to_n_after_a_mark(service: ChatService):
    wrong = await service.respond(IncomingMessage(HERE, "ada", "show all primes below 10"))
    await service.vote(wrong.turn_id, "ada", False)
    right = await service.respond(IncomingMessage(HERE, "ada", "I want FIRST 10 primes, not primes till 10"))
    assert right.output == "[2, 3, 5, 7, 11, 13, 17, 19, 23, 29]"


def test_the_model_is_small_enough_to_commit():
    folder = ROOT / "models" / "codeact-mini"
    assert sum(file.stat().st_size for file in folder.rglob("*")) <= 30 * 2**20
