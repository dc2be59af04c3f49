"""What of the host is shown to programs: as little as possible, and enough."""

import os
import sys
from pathlib import Path

import pytest

from core.sandbox import Sandbox
from core.sandbox.elf import libraries, read_binary
from core.sandbox.packages import closure, standard_library
from core.sandbox.visible import interpreter, survey


def install(folder: Path, name: str, requires: tuple[str, ...] = (), files: tuple[str, ...] = ()) -> None:
    """What an installer writes for a package of pure Python."""
    module = name.replace("-", "_")
    (folder / module).mkdir(parents=True)
    (folder / module / "__init__.py").write_text(f"NAME = {name!r}\n")
    metadata = folder / f"{module}-1.0.dist-info"
    metadata.mkdir()
    lines = [f"Name: {name}", *[f"Requires-Dist: {requirement}" for requirement in requires]]
    (metadata / "METADATA").write_text("\n".join(lines) + "\n\nRequires-Dist: not-this\n")
    listed = [f"{module}/__init__.py", f"{metadata.name}/METADATA", "../../../bin/tool", *files]
    (metadata / "RECORD").write_text("".join(f"{path},,\n" for path in listed))


def test_a_package_brings_what_it_needs_and_nothing_else(tmp_path: Path):
    install(tmp_path, "Alpha", ("beta>=1 ; python_version > '3'", "gamma[fast]", "absent", 'delta ; extra == "test"'))
    install(tmp_path, "beta", ("alpha",))
    install(tmp_path, "gamma")
    install(tmp_path, "delta")
    found = {package.name: package for package in closure(["alpha"], [str(tmp_path)])}
    assert set(found) == {"alpha", "beta", "gamma"}
    assert found["alpha"].modules == ("Alpha",)
    assert found["alpha"].entries == ("Alpha", "Alpha-1.0.dist-info")


def test_a_package_that_is_not_installed_is_left_out(tmp_path: Path):
    assert closure(["nothing-of-this-kind"], [str(tmp_path), "/nowhere"]) == []


def test_the_standard_library_is_found_without_its_site_packages():
    visible = survey()
    assert all(Path(folder, "os.py").exists() for folder in standard_library())
    assert not any(path.endswith(("site-packages", "dist-packages")) for path in visible.paths)
    for covered in visible.covered:
        assert covered.endswith(("site-packages", "dist-packages"))


def test_nothing_of_the_bot_is_visible():
    root = Path(__file__).resolve().parents[2]
    for path in survey().paths:
        assert not (root / "core").is_relative_to(path)
        assert not Path(path).is_relative_to(root / "core")


def test_every_library_of_the_interpreter_is_found():
    found = libraries([interpreter()])
    assert any(name.startswith(("libc.", "ld-")) for name in found.values())
    assert all(os.path.exists(path) for path in found)


@pytest.mark.parametrize(
    "content", [b"", b"\x7fELF", b"\x7fELF\x02\x01" + bytes(58), b"\x7fELF\x02\x01" + b"\xff" * 300, b"#!/bin/sh\n"]
)
def test_a_file_that_is_no_binary_needs_nothing(tmp_path: Path, content: bytes):
    path = tmp_path / "file"
    path.write_bytes(content)
    binary = read_binary(str(path))
    assert binary is None or binary.needed == ()
    assert libraries([str(path), str(tmp_path / "missing")]) == {}


@pytest.mark.parametrize(
    "module",
    [
        "ssl",
        "sqlite3",
        "ctypes",
        "lzma",
        "bz2",
        "zlib",
        "decimal",
        "hashlib",
        "curses",
        "readline",
        "uuid",
        "zoneinfo",
        "xml.etree.ElementTree",
        "asyncio",
        "multiprocessing",
        "unittest",
        "email",
        "http.server",
    ],
)
async def test_the_standard_library_works(both: Sandbox, module: str):
    result = await both.execute(f"import {module}\nprint({module}.__name__)", timeout_seconds=20)
    assert result.output == f"{module}\n"


async def test_every_extension_module_can_be_loaded(sandbox: Sandbox):
    code = """
import importlib, pathlib, sysconfig
failed = {}
for path in sorted(pathlib.Path(sysconfig.get_path('stdlib'), 'lib-dynload').glob('*.so')):
    name = path.name.split('.')[0]
    if name.startswith(('_test', '_xxtest', 'xx', '_tkinter', '_ctypes_test')):
        continue
    try: importlib.import_module(name)
    except ImportError as error: failed[name] = str(error)
print(failed)
"""
    assert (await sandbox.execute(code, timeout_seconds=20)).output == "{}\n"


async def test_packages_of_the_bot_cannot_be_imported(both: Sandbox):
    for name in ("sqlalchemy", "typer", "pytest", "pip", "core", "codeact"):
        assert "ModuleNotFoundError" in (await both.execute(f"import {name}")).output


async def test_packages_can_be_imported_however_they_are_named(both: Sandbox):
    result = await both.execute("print(__import__('num' + 'py').__name__)", timeout_seconds=20)
    assert result.output == "numpy\n"


async def test_a_setting_names_further_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    install(tmp_path, "further-thing", ("its-need",))
    install(tmp_path, "its-need")
    install(tmp_path, "another")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    for mode in ("full", "lite"):
        async with Sandbox(mode=mode, packages=["further-thing"]) as sandbox:
            found = await sandbox.execute("import further_thing, its_need; further_thing.NAME", timeout_seconds=20)
            hidden = await sandbox.execute("import another")
        assert found.output == "'further-thing'\n"
        assert "No module named 'another'" in hidden.output


async def test_a_package_that_breaks_on_import_does_not_break_the_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    install(tmp_path, "broken")
    (tmp_path / "broken" / "__init__.py").write_text("raise SystemExit(3)\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    async with Sandbox(packages=["broken"]) as sandbox:
        result = await sandbox.execute("import broken", timeout_seconds=20)
        fine = await sandbox.execute("import numpy; print(1)", timeout_seconds=20)
    assert result.output == "[The program ended with exit status 3.]\n"
    assert fine.output == "1\n"
    assert "programs start without broken" in caplog.text


async def test_without_any_package_the_sandbox_works(monkeypatch: pytest.MonkeyPatch):
    standard = [path for path in sys.path if "site-packages" not in path]
    monkeypatch.setattr(sys, "path", standard)
    async with Sandbox() as sandbox:
        assert (await sandbox.execute("6 * 7")).output == "42\n"
        assert "No module named 'numpy'" in (await sandbox.execute("import numpy")).output
        assert (await sandbox.execute("x = 1", session="a")).output == ""


async def test_the_root_holds_nothing_else(sandbox: Sandbox):
    """Landlock forbids to list the root, so names are tried."""
    needed = {path.split("/")[1] for path in survey().paths}
    tried = {"proc", "sys", "root", "run", "var", "boot", "opt", "srv", "mnt", "media", "tmp"} - needed
    tried |= {"etc/passwd", "etc/ssl", "usr/bin/env", "dev/shm", "dev/pts", "dev/tty", "root/.bashrc", "root/.ssh"}
    code = f"import os\nprint([name for name in {sorted(tried)!r} if os.path.lexists('/' + name)])"
    assert (await sandbox.execute(code)).output == "[]\n"
