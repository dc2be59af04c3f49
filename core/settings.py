"""Places and secrets, read once from the environment and `.env`; what one run does is a flag of that run.

Every setting stands in `.env.example` with its default. Tokens keep the names that their platforms use; all else
begins with CODEACT_.
"""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent


def _plain(name: str) -> AliasChoices:
    return AliasChoices(name)


class Settings(BaseSettings):
    """All settings of a bot."""

    model_config = SettingsConfigDict(
        env_prefix="CODEACT_", env_file=".env", env_file_encoding="utf-8", extra="ignore", validate_default=True
    )

    # the language model
    model: str = Field("current", description="current (the promoted one), a folder, a hub name or an http(s) URL")
    models_folder: str = Field("models", description="where the bundled model, runs and the pointer to the current lie")
    model_name: str = Field("", description="which model of an OpenAI-compatible server; empty: its first one")
    api_key: SecretStr = Field(SecretStr(""), description="for an OpenAI-compatible server")
    model_timeout_seconds: float = Field(60.0, gt=0, le=3600, description="how long such a server may take")
    device: str = Field("auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$", description="auto, cpu, cuda, cuda:1, mps")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field("auto", description="of a model in this process")
    context_tokens: int | None = Field(None, ge=256, description="empty: as the model says")
    closing_words: bool | None = Field(
        None, description="true: the model explains its result; empty: as its card says, and true for a server"
    )

    # how it answers
    max_new_tokens: int = Field(400, ge=16, le=32_768, description="the most tokens of one completion")
    temperature: float = Field(0.0, ge=0, le=2, description="0: greedy, always the same answer")
    top_p: float = Field(1.0, gt=0, le=1, description="nucleus; counts where temperature is above 0")
    seed: int = Field(0, ge=0, lt=2**31, description="repeats a sampled answer")
    max_steps: int = Field(3, ge=1, le=10, description="the most programs per message")
    turns_at_once: int = Field(8, ge=1, le=1024, description="how many channels are served at the same time")
    running_per_person: int = Field(1, ge=0, description="questions of one person answered at the same time; 0: any")
    waiting_per_person: int = Field(20, ge=0, description="and how many more may wait; later ones are refused politely")
    waiting_in_total: int = Field(200, ge=0, description="questions of all that may wait; 0: any number")

    # the sandbox
    sandbox: Literal["auto", "full", "lite", "seatbelt", "snekbox", "unsafe"] = Field(
        "auto", description="auto: the strongest mode that works here; unsafe: no protection at all"
    )
    snekbox_url: str = Field("", description="such as http://localhost:8060, for CODEACT_SANDBOX=snekbox")
    sandbox_seconds: float = Field(5.0, ge=0.1, le=30, description="wall clock of one program")
    sandbox_memory_mib: int = Field(512, ge=64, le=65_536, description="address space of one program")
    sandbox_work_mib: int = Field(64, ge=1, le=4096, description="its work folder")
    sandbox_work_inodes: int = Field(2000, ge=16, le=1_000_000, description="files and folders in it")
    sandbox_open_files: int = Field(64, ge=16, le=4096, description="descriptors")
    sandbox_threads: int = Field(64, ge=1, le=4096, description="threads")
    sandbox_output_kept_kib: int = Field(64, ge=1, le=1024, description="output that is kept")
    sandbox_output_killed_kib: int = Field(1024, ge=1, le=65_536, description="output at which it is stopped")
    sandbox_packages: Annotated[tuple[str, ...], NoDecode] = Field(
        ("numpy", "pandas", "matplotlib"), description="imported beforehand where installed, separated by commas"
    )
    sandbox_keeps_state: bool = Field(True, description="variables of a channel live on between its turns")

    # memory
    database_url: str = Field("sqlite+aiosqlite:///data/codeact.sqlite3", description="any SQLAlchemy async URL")
    retention_days: int = Field(
        0, ge=0, le=36_500, description="older turns, votes and exported rows are deleted; 0: kept for ever"
    )
    training: Literal["all", "opt-in"] = Field(
        "all", description="whose turns teach: all, or only workspaces whose admins switched it on"
    )

    # Discord
    discord_token: SecretStr = Field(SecretStr(""), validation_alias=_plain("DISCORD_TOKEN"))
    discord_api_base: str = Field(
        "", validation_alias=_plain("DISCORD_API_BASE"), description="another server with the same interface"
    )
    discord_gateway_url: str = Field(
        "", validation_alias=_plain("DISCORD_GATEWAY_URL"), description="its gateway, ws:// or wss://"
    )

    discord_allow: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="answer only here: guild:ID, channel:ID, role:ID, user:ID, separated by commas"
    )
    discord_deny: Annotated[tuple[str, ...], NoDecode] = Field((), description="never answer here, in the same form")

    # Slack
    slack_bot_token: SecretStr = Field(SecretStr(""), validation_alias=_plain("SLACK_BOT_TOKEN"), description="xoxb-…")
    slack_app_token: SecretStr = Field(
        SecretStr(""), validation_alias=_plain("SLACK_APP_TOKEN"), description="xapp-…, for Socket Mode"
    )
    slack_signing_secret: SecretStr = Field(
        SecretStr(""), validation_alias=_plain("SLACK_SIGNING_SECRET"), description="for HTTP mode"
    )
    slack_mode: Literal["socket", "http"] = Field("socket", description="http listens for signed requests")
    slack_host: str = Field("127.0.0.1", description="where HTTP mode listens")
    slack_port: int = Field(3000, ge=1, le=65_535, description="where HTTP mode listens")
    slack_api_base: str = Field(
        "", validation_alias=_plain("SLACK_API_BASE"), description="another server with the same interface"
    )

    # who may what
    operators: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="user ids that may retrain and switch the model, separated by commas"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="what goes to stderr")

    @property
    def models(self) -> Path:
        """The folder of models; a relative one lies in the project, wherever the command is called."""
        return ROOT / self.models_folder

    @property
    def database(self) -> str:
        """The database's URL; a relative SQLite file lies in the project, wherever the command is called."""
        head, marker, path = self.database_url.partition(":///")
        if not head.startswith("sqlite") or not marker or not path or path.startswith((":memory:", "file:", "/")):
            return self.database_url
        return f"{head}:///{ROOT / path}"

    @field_validator("sandbox_packages", "operators", "discord_allow", "discord_deny", mode="before")
    @classmethod
    def _separated(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("context_tokens", "closing_words", mode="before")
    @classmethod
    def _empty_means_unset(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("discord_api_base", "slack_api_base", "snekbox_url")
    @classmethod
    def _http(cls, value: str) -> str:
        return _address(value, ("http", "https"))

    @field_validator("discord_gateway_url")
    @classmethod
    def _websocket(cls, value: str) -> str:
        return _address(value, ("ws", "wss"))


def read_settings(*env_files: Path) -> Settings:
    """The settings of this process: the environment, then the later of these files, by default `.env` here.

    Raises SettingsError that names the variable and its fault, and never shows its value.
    """
    env_files = env_files or (ROOT / ".env", Path(".env"))
    try:
        return Settings(_env_file=env_files)  # type: ignore[call-arg]  # an argument of pydantic-settings
    except ValidationError as error:
        raise SettingsError(_explained(error)) from None
    except (UnicodeDecodeError, OSError) as error:
        raise SettingsError(f".env cannot be read: {error}") from error


def variable(field: str) -> str:
    """The environment variable of a setting."""
    alias = Settings.model_fields[field].validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"CODEACT_{field.upper()}"


def _address(value: str, schemes: tuple[str, ...]) -> str:
    if value and (urlsplit(value).scheme not in schemes or not urlsplit(value).netloc):
        raise ValueError(f"must be an address that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    return value.rstrip("/")


def _explained(error: ValidationError) -> str:
    faults = []
    for fault in error.errors():
        place = str(fault["loc"][0])
        name = variable(place) if place in Settings.model_fields else place
        faults.append(f"{name}: {fault['msg'].removeprefix('Value error, ')}")
    return "; ".join(faults) + ". See .env.example."
