"""What the bot says beside its answers: signs of life, excuses, help. Every sentence has its one home here."""

from core.conversation import Progress, Stage
from core.errors import CodeactError, EngineBusy, ModelNotFound, PromptTooLong, StorageError

TICK_SECONDS = 5  # the time shown moves in these steps

RESET = "The conversation starts anew. Judged answers stay stored."
MENTION_ME = "I can read only messages that mention me, and direct messages."
NOT_YOURS = "Only the person who asked, or a moderator, can delete this answer."
NOT_HERE = "I was asked not to answer you here."
NO_WORDS = "I could not think of an answer. Please ask in other words."
TEACHES = "react ✅ or ❌ to teach me"


def working(progress: Progress, seconds: float) -> str:
    """The placeholder's text at a stage that was reached `seconds` ago."""
    steps = int(seconds) // TICK_SECONDS
    spent = f" {steps * TICK_SECONDS} s" if steps else ""
    match progress.stage:
        case Stage.QUEUED:
            return "⏳ queued…"
        case Stage.RUNNING:
            return f"⚙️ running…{spent}"
        case _:
            return f"💭 thinking…{spent}"


def sorry(error: Exception) -> str:
    """One polite sentence for the person who asked; what the operator must know is in the log."""
    match error:
        case PromptTooLong():
            return "⚠️ Your question is too long for me. Please shorten it, or attach the long part as a file."
        case EngineBusy():
            return "⚠️ The language model is busy. Please try again in a minute."
        case ModelNotFound():
            return "⚠️ My language model is not available. Please tell the person who runs me."
        case StorageError():
            return "⚠️ I cannot reach my memory, so I did not answer. Please ask again later."
        case CodeactError():
            return "⚠️ I could not think of an answer. Please try again."
        case _:
            return "⚠️ Something went wrong on my side. Please try again."


def help_text(mention: str, *, model: str, bundled: bool, sandbox: str, version: str, commands: str) -> str:
    """The short help: how to ask, how to teach, which model and which sandbox answer.

    `mention` is how people call the bot on this platform, `commands` its slash commands in one line.
    """
    size = " (a very small model: calculations, lists, words, dates)" if bundled else ""
    return "\n".join(
        (
            "I answer by writing and running Python.",
            f"Ask with {mention} and your question, reply to one of my answers, or write to me directly.",
            "Try: `give me first 10 prime numbers`",
            "React ✅ if an answer is right and ❌ if it is not: that corrects the next answer and teaches me.",
            f"Commands: {commands}",
            f"Model {model}{size} · sandbox {sandbox} · version {version}",
        )
    )


def left_out(names: str) -> str:
    """Told under an answer when attachments of the question were not used."""
    return f"Not read (too large, too many, or not to be had): {names}"
