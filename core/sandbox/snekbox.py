"""Programs on a running snekbox server, over its HTTP interface: another kernel boundary, without sessions."""

import asyncio
import base64
import binascii
import json
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.errors import SandboxError

from .names import distinct_names
from .result import ExecutionResult, Limits, Mode, ProgramFile, Status
from .snekbox_main import OUT_OF_MEMORY
from .verdict import duration

_OURS = ("main.py", "program.txt", "traces.py")
_PATIENCE_SECONDS = 30.0  # the server has a queue and a limit of its own
_RESPONSE_BYTES = 64 << 20
_SIGNAL_CODE = 128  # the server reports signals as a shell does
_IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg")


class SnekboxBackend:
    """A client of `POST {url}/eval`. Memory, disk and process limits are the server's own."""

    def __init__(self, url: str, limits: Limits) -> None:
        self._url = url.rstrip("/")
        self._limits = limits

    async def start(self) -> str:
        """Ask the server to multiply. SandboxError if there is no address or no right answer."""
        if not self._url.startswith(("http://", "https://")):
            raise SandboxError("CODEACT_SANDBOX=snekbox needs CODEACT_SNEKBOX_URL, such as http://localhost:8060")
        result = await self.execute("print(6 * 7)", [], 5.0, None)
        if result.status is not Status.OK or result.output.strip() != "42":
            raise SandboxError(f"the snekbox server at {self._url} gave a wrong answer: {result.output.strip()[:200]}")
        return f"programs run on the snekbox server at {self._url}"

    async def execute(
        self, code: str, files: Sequence[ProgramFile], timeout_seconds: float, session: str | None
    ) -> ExecutionResult:
        """Run one program; a session's earlier variables are not there. SandboxError if the server fails."""
        started = time.monotonic()
        body = _request(code, files, timeout_seconds)
        answer = await asyncio.to_thread(self._post, body, timeout_seconds + _PATIENCE_SECONDS)
        return self._result(answer, timeout_seconds, time.monotonic() - started)

    def end_session(self, key: str) -> None:
        """There are none."""

    def stop(self) -> None:
        """Nothing is open between two programs."""

    def close(self) -> None:
        """Nothing is open between two programs."""

    def _post(self, body: bytes, seconds: float) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._url}/eval", body, headers)  # noqa: S310 (http is checked at the start)
        try:
            with urllib.request.urlopen(request, timeout=seconds) as response:  # noqa: S310
                raw = response.read(_RESPONSE_BYTES + 1)
        except urllib.error.HTTPError as error:
            raise SandboxError(f"the snekbox server refuses the program: {error.code} {error.reason}") from error
        except OSError as error:
            raise SandboxError(f"the snekbox server at {self._url} does not answer: {error}") from error
        if len(raw) > _RESPONSE_BYTES:
            raise SandboxError("the snekbox server sent more than 64 MiB")
        try:
            answer = json.loads(raw)
        except ValueError as error:
            raise SandboxError("the snekbox server sent no JSON") from error
        if not isinstance(answer, dict) or not isinstance(answer.get("stdout"), str):
            raise SandboxError("the snekbox server sent an answer of another kind")
        return answer

    def _result(self, answer: Mapping[str, Any], timeout_seconds: float, seconds: float) -> ExecutionResult:
        printed = str(answer["stdout"])
        code = answer.get("returncode")
        code = code if isinstance(code, int) else None
        status = _status(code, seconds, timeout_seconds)
        kept = printed.encode("utf-8", "replace")[: self._limits.output_kept_kib << 10].decode("utf-8", "ignore")
        if status is Status.OK and len(kept) < len(printed):
            status = Status.OUTPUT_TRUNCATED
        if kept and not kept.endswith("\n"):
            kept += "\n"
        output = kept + self._sentence(status, code, timeout_seconds)
        return ExecutionResult(status, output, self._files(answer), seconds, Mode.SNEKBOX, _exit_code(code))

    def _sentence(self, status: Status, code: int | None, timeout_seconds: float) -> str:
        if status is Status.TIMEOUT:
            return f"[Execution timed out ({duration(timeout_seconds)}).]\n"
        if status is Status.MEMORY:
            return "[Memory limit reached.]\n"
        if status is Status.OUTPUT_TRUNCATED:
            return "[Output stopped.]\n" if code else "[Only the beginning of the output is shown.]\n"
        if code is not None and code > _SIGNAL_CODE:
            return "[The interpreter crashed.]\n"
        return ""

    def _files(self, answer: Mapping[str, Any]) -> tuple[ProgramFile, ...]:
        """What the program wrote, images first, within the limits; what cannot be read is left out."""
        found = []
        entries = answer.get("files")
        for entry in entries if isinstance(entries, list) else []:
            path, content = (entry.get("path"), entry.get("content")) if isinstance(entry, dict) else (None, None)
            if not isinstance(path, str) or not isinstance(content, str) or path in _OURS:
                continue
            try:
                found.append((path, base64.b64decode(content)))
            except (binascii.Error, ValueError):
                continue
        found.sort(key=lambda item: (not item[0].lower().endswith(_IMAGES), item[0]))
        chosen: list[tuple[str, bytes]] = []
        left = self._limits.files_back_mib << 20
        for path, raw in found:
            if len(chosen) < self._limits.files_back and len(raw) <= left:
                chosen.append((path, raw))
                left -= len(raw)
        names = distinct_names(path for path, _ in chosen)
        return tuple(ProgramFile(name, raw) for name, (_, raw) in zip(names, chosen, strict=True))


def _request(code: str, files: Sequence[ProgramFile], timeout_seconds: float) -> bytes:
    here = Path(__file__).parent
    names = distinct_names(file.name for file in files)
    sent = {name: file.content for name, file in zip(names, files, strict=True)}
    sent |= {
        "main.py": (here / "snekbox_main.py").read_bytes(),
        "traces.py": (here / "jail" / "traces.py").read_bytes(),
        "program.txt": code.encode("utf-8", "replace"),
    }
    return json.dumps(
        {
            "args": ["main.py", str(timeout_seconds)],
            "files": [{"path": path, "content": base64.b64encode(raw).decode()} for path, raw in sent.items()],
        }
    ).encode()


def _status(code: int | None, seconds: float, timeout_seconds: float) -> Status:
    """From the return code; a kill is a time-out if enough time has passed for one, else the server's memory limit."""
    if code == 0:
        return Status.OK
    if code == _SIGNAL_CODE + signal.SIGALRM:
        return Status.TIMEOUT
    if code == _SIGNAL_CODE + signal.SIGKILL:
        return Status.TIMEOUT if seconds >= min(timeout_seconds, 5.0) else Status.MEMORY
    if code == OUT_OF_MEMORY:
        return Status.MEMORY
    return Status.OUTPUT_TRUNCATED if code == _SIGNAL_CODE + signal.SIGTERM else Status.ERROR


def _exit_code(code: int | None) -> int | None:
    return _SIGNAL_CODE - code if code is not None and code > _SIGNAL_CODE else code
