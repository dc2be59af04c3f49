"""What the repository says about itself is true."""

import re
import tomllib
from pathlib import Path

from pydantic import SecretStr
from typer.testing import CliRunner

from codeact import app
from core.settings import ROOT, Settings, read_settings, variable

ENV_LINE = re.compile(r"^([A-Z_]+)=(.*)$", re.MULTILINE)


def shown(value: object) -> str:
    """A default as `.env.example` writes it."""
    match value:
        case None | SecretStr():
            return ""
        case bool():
            return str(value).lower()
        case tuple():
            return ",".join(value)
        case _:
            return str(value)


def test_the_env_example_lists_every_setting_with_its_default():
    listed = dict(ENV_LINE.findall((ROOT / ".env.example").read_text()))
    assert listed == {
        variable(name): shown(field.get_default(call_default_factory=True))
        for name, field in Settings.model_fields.items()
    }


def test_the_env_example_can_be_used_as_it_is(monkeypatch):
    for field in Settings.model_fields:
        monkeypatch.delenv(variable(field), raising=False)
    assert read_settings(ROOT / ".env.example") == Settings(_env_file=None)


def test_every_command_teaches_how_to_use_it():
    runner = CliRunner()
    for command in app.registered_commands:
        name = command.name or command.callback.__name__
        result = runner.invoke(app, [name, "--help"])
        assert result.exit_code == 0, name
        assert command.callback.__doc__, name


def test_every_make_target_is_explained():
    makefile = (ROOT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE).group(1).split()
    assert all(re.search(rf"^{target}:.*## \w", makefile, re.MULTILINE) for target in targets)


def test_every_dependency_is_pinned_in_the_constraints():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]
    names = {re.split(r"[\[<>=]", requirement)[0].lower().replace("_", "-") for requirement in wanted}
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    assert names - {"codeact-bot"} <= pinned


def test_documents_link_to_files_that_exist():
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} → {target}"


def test_every_setting_of_the_readme_exists():
    known = {variable(field) for field in Settings.model_fields}
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        named = set(re.findall(r"\b(?:CODEACT|DISCORD|SLACK)_[A-Z_]+\b", page.read_text()))
        assert named <= known | {"CODEACT_MBPP"}, f"{page.name}: {named - known}"


def test_no_page_of_ours_is_longer_than_it_should_be():
    pages = [page for room in ("bot", "core", "training") for page in (ROOT / room).rglob("*.py")]
    pages = [page for page in pages if page.parent.name != "families"]  # lists of small entries
    assert not [f"{page.relative_to(ROOT)}" for page in pages if len(page.read_text().splitlines()) > 400]


def test_the_rooms_are_where_the_plan_says():
    for room in ("bot", "core", "training", "migrations", "data", "models", "tests", ".env.example", "pyproject.toml"):
        assert Path(ROOT / room).exists()
