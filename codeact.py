"""The command `codeact`: parses arguments, and is the only page that builds the object graph.

Its own imports are light; a command imports what it needs when it is called.
"""

import asyncio
import getpass
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from core.errors import CodeactError
from training.commands import register

if TYPE_CHECKING:
    from core.engine import Engine
    from core.memory import Memory
    from core.sandbox import Sandbox
    from core.service import ChatService
    from core.settings import Settings

app = typer.Typer(
    name="codeact",
    help="A chat bot that answers by writing and running Python, and learns from ✅ and ❌.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
bench = typer.Typer(help="Measure on this machine, as ratios against a named baseline.", no_args_is_help=True)
app.add_typer(bench, name="bench")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
MaxNewTokens = Annotated[int | None, typer.Option(help="The most tokens of one completion.", min=16)]
Temperature = Annotated[float | None, typer.Option(help="0 is greedy: always the same answer.", min=0, max=2)]
Seed = Annotated[int | None, typer.Option(help="Repeats a sampled answer.", min=0)]
Model = Annotated[str | None, typer.Option(help="current, a folder, a hub name or an OpenAI-compatible URL.")]


# The object graph ------------------------------------------------------------------------------------------------


def open_engine(settings: "Settings", model: str | None = None) -> "Engine":
    """The language model that the settings name. Nothing is loaded yet."""
    from core.settings import ROOT

    name = model or settings.model
    if name.startswith(("http://", "https://")):
        from core.engine.remote import RemoteEngine

        return RemoteEngine(
            name,
            settings.model_name,
            api_key=settings.api_key.get_secret_value(),
            context_tokens=settings.context_tokens or 4096,
            closes=settings.closing_words is not False,
            timeout_seconds=settings.model_timeout_seconds,
        )
    from core.engine.local import TransformersEngine

    def local(source: str | Path) -> TransformersEngine:
        return TransformersEngine(
            source,
            device=settings.device,
            dtype=settings.dtype,
            context_tokens=settings.context_tokens,
            closes=settings.closing_words,
        )

    if name == "current":
        from core.engine.switching import SwitchingEngine

        return SwitchingEngine(settings.models, local)
    in_project = ROOT / name
    return local(in_project if in_project.is_dir() and not Path(name).is_dir() else name)


def open_sandbox(settings: "Settings", *, mode: str | None = None, ready: int = 1) -> "Sandbox":
    """The sandbox with the limits of the settings. Nothing is started yet."""
    from core.sandbox import Limits, Sandbox

    limits = Limits(
        wall_seconds=settings.sandbox_seconds,
        memory_mib=settings.sandbox_memory_mib,
        work_mib=settings.sandbox_work_mib,
        work_inodes=settings.sandbox_work_inodes,
        open_files=settings.sandbox_open_files,
        threads=settings.sandbox_threads,
        output_kept_kib=settings.sandbox_output_kept_kib,
        output_killed_kib=settings.sandbox_output_killed_kib,
    )
    return Sandbox(
        limits,
        mode=mode or settings.sandbox,
        packages=settings.sandbox_packages,
        ready=ready,
        snekbox_url=settings.snekbox_url,
    )


@asynccontextmanager
async def open_memory(settings: "Settings") -> AsyncIterator["Memory"]:
    """The database, with its tables up to date."""
    from core.memory import Memory

    memory = Memory(settings.database, training=settings.training)
    await memory.open()
    try:
        yield memory
    finally:
        await memory.close()


@asynccontextmanager
async def open_service(
    settings: "Settings",
    *,
    model: str | None = None,
    max_new_tokens: int | None = None,
    temperature: float | None = None,
    seed: int | None = None,
) -> AsyncIterator["ChatService"]:
    """The whole service, ready to answer; the options overrule the settings."""
    from core.conversation import Sampling
    from core.service import ChatService

    sampling = Sampling(
        settings.max_new_tokens if max_new_tokens is None else max_new_tokens,
        settings.temperature if temperature is None else temperature,
        settings.top_p,
        settings.seed if seed is None else seed,
    )
    engine, sandbox = open_engine(settings, model), open_sandbox(settings)
    async with open_memory(settings) as memory, sandbox:
        try:
            await engine.ready()
            yield ChatService(
                engine,
                sandbox,
                memory,
                max_steps=settings.max_steps,
                sampling=sampling,
                turns_at_once=settings.turns_at_once,
                keeps_state=settings.sandbox_keeps_state,
                running_per_person=settings.running_per_person,
                waiting_per_person=settings.waiting_per_person,
                waiting_in_total=settings.waiting_in_total,
                models=settings.models,
            )
        finally:
            await engine.close()


# Talking ---------------------------------------------------------------------------------------------------------


@app.command()
def chat(
    channel: Annotated[str, typer.Option(help="A conversation's name; each is remembered apart.")] = "chat",
    model: Model = None,
    max_new_tokens: MaxNewTokens = None,
    temperature: Temperature = None,
    seed: Seed = None,
) -> None:
    """Talk in the terminal: y / n / skip after an answer; reset, clear, quit."""
    from bot.lines_adapter import terminal
    from bot.terminal_adapter import run
    from core.settings import ROOT

    settings = _settings(quiet=True)

    async def main() -> None:
        async with open_service(
            settings, model=model, max_new_tokens=max_new_tokens, temperature=temperature, seed=seed
        ) as service:
            await run(service, channel=terminal(channel), author=_person(), history_file=ROOT / "data" / "chat_history")

    _run(main())


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="What you want to know.")] = None,
    as_json: Json = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Read {"channel", "question"} objects, one a line; answer each on a line.')
    ] = False,
    channel: Annotated[
        str | None, typer.Option(help="Go on in this conversation; without it, start a new one.")
    ] = None,
    model: Model = None,
    max_new_tokens: MaxNewTokens = None,
    temperature: Temperature = None,
    seed: Seed = None,
) -> None:
    """Answer one question, or a stream of them."""
    from bot.lines_adapter import answer, answer_lines

    if (question is None) != jsonl:
        raise typer.BadParameter("give either a QUESTION or --jsonl")
    settings = _settings(quiet=True)

    async def main() -> bool:
        async with open_service(
            settings, model=model, max_new_tokens=max_new_tokens, temperature=temperature, seed=seed
        ) as service:
            if question is None:
                return await answer_lines(service, sys.stdin.buffer, sys.stdout, author=_person())
            reply = await answer(service, question, channel, author=_person())
            print(json.dumps(reply, ensure_ascii=False) if as_json else reply["reply"])
            return True

    if not _run(main()):
        raise typer.Exit(1)


@app.command()
def run(
    file: Annotated[str, typer.Argument(help="A Python program, or - for standard input.")],
    as_json: Json = False,
    timeout: Annotated[float | None, typer.Option(help="Wall clock in seconds, at most 30.", min=0.1, max=30)] = None,
) -> None:
    """Run one program in the sandbox, without state."""
    settings = _settings(quiet=True)
    try:
        code = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise CodeactError(f"{file} cannot be read: {error.strerror}") from error

    async def main() -> None:
        async with open_sandbox(settings, ready=0) as sandbox:
            result = await sandbox.execute(code.decode("utf-8", "replace"), timeout_seconds=timeout)
        if not as_json:
            print(result.output, end="" if result.output.endswith("\n") or not result.output else "\n")
            return
        files = [{"name": made.name, "bytes": len(made.content)} for made in result.files]
        shown = {"status": result.status, "output": result.output, "files": files}
        print(json.dumps(shown | {"seconds": round(result.seconds, 4), "mode": result.mode}, ensure_ascii=False))

    _run(main())


@app.command()
def vote(
    turn_id: Annotated[str, typer.Argument(help="As `ask --json` shows it.")],
    label: Annotated[str, typer.Argument(metavar="yes|no|withdraw")],
    author: Annotated[str | None, typer.Option("--as", help="Who votes; by default the one who asks here.")] = None,
) -> None:
    """Judge a turn, the same way as a reaction does."""
    if label not in ("yes", "no", "withdraw"):
        raise typer.BadParameter("say yes, no or withdraw", param_hint="label")
    settings = _settings(quiet=True)

    async def main() -> str:
        async with open_memory(settings) as memory:
            return await memory.vote(turn_id, author or _person(), {"yes": True, "no": False}.get(label))

    print(f"{turn_id}: {_run(main())}")


# Adapters --------------------------------------------------------------------------------------------------------


@app.command()
def discord() -> None:
    """Answer on Discord until ctrl-C."""
    settings = _settings()
    _serve(settings, [_discord(settings)])


@app.command()
def slack() -> None:
    """Answer on Slack until ctrl-C."""
    settings = _settings()
    _serve(settings, [_slack(settings)])


@app.command()
def serve() -> None:
    """Answer everywhere that tokens are set for, in one process."""
    settings = _settings()
    adapters = []
    if settings.discord_token.get_secret_value():
        adapters.append(_discord(settings))
    if settings.slack_bot_token.get_secret_value():
        adapters.append(_slack(settings))
    if not adapters:
        raise CodeactError(
            "No tokens are set: put DISCORD_TOKEN or SLACK_BOT_TOKEN into .env (docs/discord.md, docs/slack.md)."
        )
    _serve(settings, adapters)


Adapter = Callable[["ChatService"], Coroutine[Any, Any, None]]


def _discord(settings: "Settings") -> Adapter:
    token = settings.discord_token.get_secret_value()
    if not token:
        raise CodeactError(
            "DISCORD_TOKEN is not set: create a bot at https://discord.com/developers/applications, "
            "and put its token into .env (docs/discord.md)."
        )
    from bot.discord_adapter import run

    return lambda service: run(
        service,
        token=token,
        api_base=settings.discord_api_base,
        gateway_url=settings.discord_gateway_url,
        allow=settings.discord_allow,
        deny=settings.discord_deny,
    )


def _slack(settings: "Settings") -> Adapter:
    bot_token = settings.slack_bot_token.get_secret_value()
    app_token = settings.slack_app_token.get_secret_value()
    secret = settings.slack_signing_secret.get_secret_value()
    where = "create the app at https://api.slack.com/apps from bot/slack/manifest.json, see docs/slack.md."
    if not bot_token:
        raise CodeactError(f"SLACK_BOT_TOKEN (xoxb-…) is not set: {where}")
    if settings.slack_mode == "socket" and not app_token:
        raise CodeactError(f"SLACK_APP_TOKEN (xapp-…, for Socket Mode) is not set: {where}")
    if settings.slack_mode == "http" and not secret:
        raise CodeactError(f"SLACK_SIGNING_SECRET (for HTTP mode) is not set: {where}")
    from bot.slack_adapter import run

    return lambda service: run(
        service,
        bot_token=bot_token,
        app_token=app_token,
        signing_secret=secret,
        mode=settings.slack_mode,
        api_base=settings.slack_api_base,
        host=settings.slack_host,
        port=settings.slack_port,
    )


def _serve(settings: "Settings", adapters: list[Adapter]) -> None:
    async def main() -> None:
        async with open_service(settings) as service:
            about = service.about()
            log.info("answering with %s; programs run in sandbox mode %s", about.model, about.sandbox)
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(adapter(service)) for adapter in adapters]
                tasks.append(group.create_task(service.keep_retention(settings.retention_days)))
                _stop_on_signals(tasks)

    _run(main())


# Learning --------------------------------------------------------------------------------------------------------


@app.command()
def export(
    form: Annotated[
        str, typer.Option("--format", metavar="sft|kto|dpo|alpaca", help="The rows' form, as TRL reads it.")
    ],
    out: Annotated[Path, typer.Option(help="A JSON Lines file; it is replaced as a whole.")],
) -> None:
    """Write judged turns as training rows."""
    from training.export import FORMATS, export_rows

    if form not in FORMATS:
        raise typer.BadParameter(f"choose one of {', '.join(FORMATS)}", param_hint="--format")
    settings = _settings(quiet=True)

    async def main() -> str:
        async with open_memory(settings) as memory:
            return str(await export_rows(memory, form, out))

    print(_run(main()))


register(app, open_engine=open_engine, open_sandbox=open_sandbox)


# Looking after it ------------------------------------------------------------------------------------------------


@app.command()
def doctor(
    attack: Annotated[
        bool, typer.Option("--attack", help="Run the list of attacks against the sandbox of this machine.")
    ] = False,
) -> None:
    """Say what works here, and what to do about what does not."""
    from rich.console import Console
    from rich.table import Table

    settings = _settings(quiet=True)
    if attack:
        _attack(settings)
        return
    table = Table("part", "state", show_edge=False)

    async def main() -> None:
        async with open_sandbox(settings) as sandbox:
            table.add_row("sandbox", f"{sandbox.mode}: {sandbox.reason}")
        table.add_row("model", await _state_of(_model_state(settings)))
        table.add_row("memory", await _state_of(_memory_state(settings)))
        for name, token in (("Discord", settings.discord_token), ("Slack", settings.slack_bot_token)):
            table.add_row(name, "token set" if token.get_secret_value() else "no token")

    _run(main())
    Console().print(table)


def _attack(settings: "Settings") -> None:
    """Run the attack list and say what it came to; status 1 where an attack got through."""
    from rich.console import Console
    from rich.progress import track
    from rich.table import Table

    from core.sandbox.attack import load_cases, run_attacks

    cases = load_cases()
    console = Console()

    async def main() -> bool:
        async with open_sandbox(settings) as sandbox:
            console.print(f"{len(cases)} programs against mode {sandbox.mode}: {sandbox.reason}", highlight=False)
            outcomes = await run_attacks(sandbox, track(cases, console=console, transient=True))
        table = Table("program", "status", "what went wrong", show_edge=False)
        for outcome in outcomes:
            if not outcome.passed:
                table.add_row(outcome.case.name, outcome.status, "; ".join(outcome.problems))
        held = sum(outcome.passed for outcome in outcomes)
        console.print(f"{held} of {len(outcomes)} ended as they must.", highlight=False)
        if held < len(outcomes):
            console.print(table)
        return held == len(outcomes)

    if not _run(main()):
        raise typer.Exit(1)


@bench.command("sandbox")
def bench_sandbox(
    repetitions: Annotated[int, typer.Option(help="Of each way to run a program.", min=3, max=1000)] = 30,
) -> None:
    """How fast programs start, beside `python -I -S -c pass` and what else is installed; all in one run."""
    from core.sandbox.benchmark import as_table, benchmark

    _settings(quiet=True)
    print(as_table(_run(benchmark(repetitions))))


async def _model_state(settings: "Settings") -> str:
    engine = open_engine(settings)
    await engine.ready()
    return f"{engine.name}, {engine.context_tokens:,} tokens of context"


async def _memory_state(settings: "Settings") -> str:
    async with open_memory(settings):
        return settings.database.rpartition("@")[2]  # without user and password


async def _state_of(check: Coroutine[Any, Any, str]) -> str:
    try:
        return await check
    except CodeactError as error:
        return f"does not work: {error}"


# Helpers ---------------------------------------------------------------------------------------------------------

log = logging.getLogger("codeact")
T = TypeVar("T")


def _settings(*, quiet: bool = False) -> "Settings":
    from core.settings import read_settings

    settings = read_settings()
    level = "ERROR" if quiet and settings.log_level == "INFO" else settings.log_level
    logging.basicConfig(level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    return settings


def _run(main: Coroutine[Any, Any, T]) -> T:
    """Run to the end; ctrl-C ends with the status that shells expect."""
    try:
        return asyncio.run(main)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except ExceptionGroup as group:
        raise group.exceptions[0] from None


def _stop_on_signals(tasks: Sequence[asyncio.Task[None]]) -> None:
    """ctrl-C and SIGTERM end the adapters; each finishes what it has begun."""

    def stop() -> None:
        for task in tasks:
            task.cancel()

    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop)


def _person() -> str:
    """Who sits here: the name of the account."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may have no account
        return "me"


def main() -> None:
    """Run a command; what we can explain is one line on stderr and status 1."""
    # the terminal belongs to the conversation, and a promoted model must not need the hub
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        app()
    except CodeactError as error:
        print(f"codeact: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
