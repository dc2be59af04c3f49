"""The tree of what can go wrong on our side; what goes wrong in a program or a vote is a value, not an exception.

    CodeactError
    ├── SettingsError        a value in the environment or in .env cannot be used
    ├── EngineError          the language model cannot answer
    │   ├── ModelNotFound    there is no such folder, hub name or server
    │   └── EngineBusy       it is there, and refuses for now; trying again later can help
    ├── EmptyQuestion        there is nothing to answer
    ├── PromptTooLong        the question alone does not fit into the model's context
    ├── UnusableProgram      there is no program to run, or none that can be kept
    ├── TooBusy              one person, or all together, have too many questions waiting
    ├── Withdrawn            the person asked to be forgotten while the answer was made
    ├── SandboxError         the sandbox cannot be built or used
    ├── StorageError         the database cannot be read or written
    │   └── SchemaMismatch   its tables belong to another version of this program
    ├── AdapterError         a chat platform refuses us: token, intents, scopes
    └── TrainingError        a stage of training cannot do its job
        └── BadRow           a data file has a line that cannot be used

Every message is one sentence for the person who runs the bot and says what to do next.
"""


class CodeactError(Exception):
    """Ours to explain; `codeact` prints it as one line and exits with 1."""


class SettingsError(CodeactError):
    """A setting has a value that cannot be used."""


class EngineError(CodeactError):
    """The language model gave no completion."""


class ModelNotFound(EngineError):
    """The model's folder, hub name or server is not there or is broken."""


class EngineBusy(EngineError):
    """The model's server refuses for now (rate limit, overload, time-out)."""


class EmptyQuestion(CodeactError):
    """The message has no words."""


class PromptTooLong(CodeactError):
    """The question alone is longer than the model's context."""


class UnusableProgram(CodeactError):
    """There is no program to run, or it cannot be written down in the format of answers."""


class TooBusy(CodeactError):
    """Too many questions are waiting, of this person or of all; nothing was begun."""


class Withdrawn(CodeactError):
    """The person asked to be forgotten while the answer was made; it was not kept."""


class SandboxError(CodeactError):
    """The sandbox was asked for something it cannot be."""


class StorageError(CodeactError):
    """The database cannot be read or written."""


class SchemaMismatch(StorageError):
    """The database was made by another version of this program."""


class AdapterError(CodeactError):
    """A chat platform refuses the connection."""


class TrainingError(CodeactError):
    """A stage of training cannot do its job."""


class BadRow(TrainingError):
    """A line of a data file cannot be used; nothing was written."""

    def __init__(self, path: object, line: int, problem: str) -> None:
        super().__init__(f"{path}, line {line}: {problem}")
        self.line = line
