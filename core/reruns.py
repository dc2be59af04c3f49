"""Programs that are run without the model: once more, rewritten by a person, or out of somebody's message."""

import time
from collections.abc import Sequence
from dataclasses import replace

from core.answering import Made, Programs
from core.conversation import (
    Attempt,
    Channel,
    Finish,
    OnProgress,
    ProgramFile,
    PromptReference,
    Sampling,
    Timings,
    Turn,
)
from core.errors import UnusableProgram
from core.memory import storable
from core.prompt import parse, write
from core.replies import named, new_turn_id

PERSON = "a person"  # who wrote a program, where a turn names its model
NO_PROMPT = PromptReference(0, "")  # nothing was asked, so nothing can be learned

_NOTHING_TO_RUN = "There is no program to run."


class Reruns:
    """Makes turns of programs that are there already."""

    def __init__(self, programs: Programs) -> None:
        self._programs = programs

    async def again(self, old: Turn, author: str, files: Sequence[ProgramFile], tell: OnProgress) -> Made:
        """The last program of a turn, once more, after the same attempts.

        Raises UnusableProgram where the turn has no program.
        """
        before, program = _to_last_program(old)
        made = await self._run(old.channel, author, program, files, tell, keeps_state=old.prompt != NO_PROMPT)
        turn = replace(_as(old, made.turn), attempts=(*before, made.turn.last), model=old.model, finish=Finish.RUN)
        return replace(made, turn=turn)

    async def edited(self, old: Turn, author: str, code: str, files: Sequence[ProgramFile], tell: OnProgress) -> Made:
        """A person's program as the answer to the question of a turn: what its model should have written.

        Raises UnusableProgram where there is no program, or one that the format of answers cannot hold.
        """
        if old.prompt == NO_PROMPT:
            return await self.code(old.channel, author, code, files, tell)
        program = taught(old.last_run.thought if old.last_run else "", code)
        made = await self._run(old.channel, author, program, files, tell)
        return replace(made, turn=replace(_as(old, made.turn), finish=Finish.TAUGHT))

    async def code(
        self, channel: Channel, author: str, code: str, files: Sequence[ProgramFile], tell: OnProgress
    ) -> Made:
        """A program out of a message, without the channel's variables. Raises UnusableProgram where it is empty."""
        code = storable(code).strip("\n")
        if not code.strip():
            raise UnusableProgram(_NOTHING_TO_RUN)
        program = Attempt(write("", code), code=code)
        return await self._run(channel, author, program, files, tell, keeps_state=False)

    async def _run(
        self,
        channel: Channel,
        author: str,
        program: Attempt,
        files: Sequence[ProgramFile],
        tell: OnProgress,
        *,
        keeps_state: bool = True,
    ) -> Made:
        started = time.monotonic()
        attempt, result = await self._programs.run(program, channel if keeps_state else None, files, tell)
        turn = Turn(
            id=new_turn_id(),
            channel=channel,
            author=author,
            question="",
            attempts=(attempt,),
            finish=Finish.RUN,
            model=PERSON,
            prompt=NO_PROMPT,
            sampling=Sampling(),
            timings=Timings(0.0, attempt.seconds, time.monotonic() - started),
            attachments=named(files),
        )
        return Made(turn, result)


def taught(thought: str, code: str) -> Attempt:
    """A person's program as a completion that reads back as exactly this program. Raises UnusableProgram."""
    code = storable(code).replace("\r\n", "\n").strip("\n")
    if not code.strip():
        raise UnusableProgram(_NOTHING_TO_RUN)
    for said in (thought, ""):  # words of a model that break the format are left out
        draft = parse(write(said, code))
        if (draft.thought, draft.code) == (said, code):
            return Attempt(write(said, code), said, code)
    raise UnusableProgram(
        "The program holds </execute>, which ends an answer. Write it in two parts, as in '</exec' + 'ute>'."
    )


def same_program(old: Turn) -> str:
    """The turn whose program a turn shows: itself, unless it was a mere run of another's."""
    return old.rerun_of if old.finish is Finish.RUN and old.rerun_of else old.id


def _as(old: Turn, made: Turn) -> Turn:
    """A turn that answers the question of an older one, by the same prompt."""
    return replace(
        made,
        question=old.question,
        prompt=old.prompt,
        sampling=old.sampling,
        attachments=old.attachments,
        message_id=old.message_id,
        rerun_of=same_program(old),
    )


def _to_last_program(turn: Turn) -> tuple[tuple[Attempt, ...], Attempt]:
    """The attempts before the last program, and it."""
    for number in reversed(range(len(turn.attempts))):
        if turn.attempts[number].code:
            return turn.attempts[:number], turn.attempts[number]
    raise UnusableProgram("This answer has no program that could be run again.")
