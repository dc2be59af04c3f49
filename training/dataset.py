"""The eight seed rows: what every model of this project can do, in the frozen format, each checked by running it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.conversation import Role
from core.errors import BadRow, SandboxError, TrainingError
from core.prompt import render, write
from core.sandbox import Sandbox, Status
from core.settings import ROOT
from training.files import write_whole
from training.rows import TrainingRow

SEED = ROOT / "data" / "seed.jsonl"
DATASET = ROOT / "data" / "codeact_train.jsonl"


@dataclass(frozen=True, slots=True)
class Seed:
    """A question, the answer to learn, and what its program prints."""

    name: str
    question: str
    thought: str
    code: str
    output: str

    @property
    def row(self) -> TrainingRow:
        """The row to train on."""
        return TrainingRow(render((), self.question), write(self.thought, self.code))


def read_seeds(path: Path = SEED) -> list[Seed]:
    """The seeds of a file. Raises BadRow for the first line that is none, TrainingError where there is no file."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(f"The seed rows in {path} cannot be read: {error}.") from error
    return [_seed(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]


async def build_dataset(sandbox: Sandbox, out: Path = DATASET, seeds: Path = SEED) -> list[Seed]:
    """Run every seed's program, and write the rows once all print what they should.

    Raises TrainingError where one does not, SandboxError where programs cannot be run here; nothing is written then.
    """
    checked = read_seeds(seeds)
    for seed in checked:
        await _check(seed, sandbox)
    write_whole(out, "".join(json.dumps(to_json(seed), ensure_ascii=False) + "\n" for seed in checked))
    return checked


def to_json(seed: Seed) -> dict[str, Any]:
    """The row as a training file holds it: prompt and completion in the conventions of TRL, then what it is about."""
    row = seed.row
    return {
        "prompt": [{"role": message.role.value, "content": message.content} for message in row.prompt],
        "completion": [{"role": Role.ASSISTANT.value, "content": row.completion}],
        "name": seed.name,
        "output": seed.output,
    }


async def _check(seed: Seed, sandbox: Sandbox) -> None:
    result = await sandbox.execute(seed.code)
    if result.status is Status.UNAVAILABLE:
        raise SandboxError(f"The seed rows cannot be checked: {result.output.strip()}")
    if result.status is not Status.OK or result.output.strip() != seed.output:
        raise TrainingError(
            f"The seed row {seed.name!r} should print {seed.output!r}, and gave {result.output.strip()!r}."
        )


def _seed(path: Path, number: int, line: str) -> Seed:
    try:
        data = json.loads(line)
        values: Sequence[object] = [data[field] for field in Seed.__slots__]
    except (ValueError, KeyError, TypeError) as error:
        raise BadRow(path, number, f"it is not a seed row ({type(error).__name__}: {error})") from error
    if len(data) != len(values) or not all(isinstance(value, str) and value for value in values):
        raise BadRow(path, number, f"a seed row has exactly the texts {', '.join(Seed.__slots__)}")
    return Seed(*map(str, values))
