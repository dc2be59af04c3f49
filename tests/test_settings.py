"""Settings: read once, explained when they cannot be used."""

from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings import ROOT, Settings, read_settings, variable


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch):
    for field in Settings.model_fields:
        monkeypatch.delenv(variable(field), raising=False)


def test_the_environment_overrules_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    env = tmp_path / ".env"
    env.write_text("CODEACT_MODEL=models/a\nCODEACT_SEED=7\nUNKNOWN=1\n")
    monkeypatch.setenv("CODEACT_MODEL", "models/b")
    settings = read_settings(env)
    assert (settings.model, settings.seed) == ("models/b", 7)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CODEACT_TEMPERATURE", "hot"),
        ("CODEACT_MAX_STEPS", "0"),
        ("CODEACT_SANDBOX", "none"),
        ("CODEACT_SANDBOX_SECONDS", "31"),
        ("CODEACT_DEVICE", "gpu"),
        ("CODEACT_SLACK_MODE", "carrier pigeon"),
        ("DISCORD_API_BASE", "discord.com"),
        ("DISCORD_GATEWAY_URL", "http://localhost"),
    ],
)
def test_a_bad_value_is_named_with_its_variable(tmp_path: Path, name: str, value: str):
    env = tmp_path / ".env"
    env.write_text(f"{name}={value}\n")
    with pytest.raises(SettingsError, match=name) as told:
        read_settings(env)
    assert ".env.example" in str(told.value)


def test_a_file_that_is_not_text_is_named(tmp_path: Path):
    env = tmp_path / ".env"
    env.write_bytes(b"CODEACT_MODEL=\xff\xfe\n")
    with pytest.raises(SettingsError, match=r"\.env"):
        read_settings(env)


def test_secrets_do_not_show(tmp_path: Path):
    env = tmp_path / ".env"
    env.write_text("DISCORD_TOKEN=very-secret\n")
    settings = read_settings(env)
    assert "very-secret" not in repr(settings) + str(settings)
    assert settings.discord_token.get_secret_value() == "very-secret"


def test_lists_are_separated_by_commas(tmp_path: Path):
    env = tmp_path / ".env"
    env.write_text("CODEACT_OPERATORS= 1, U2 ,\nCODEACT_SANDBOX_PACKAGES=\n")
    settings = read_settings(env)
    assert (settings.operators, settings.sandbox_packages) == (("1", "U2"), ())


def test_a_relative_database_lies_in_the_project(tmp_path: Path):
    env = tmp_path / ".env"
    env.write_text("")
    assert read_settings(env).database == f"sqlite+aiosqlite:///{ROOT}/data/codeact.sqlite3"
    env.write_text("CODEACT_DATABASE_URL=postgresql+asyncpg://u:p@db/codeact\n")
    assert read_settings(env).database == "postgresql+asyncpg://u:p@db/codeact"
