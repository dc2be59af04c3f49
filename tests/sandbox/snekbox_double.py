"""A loopback double of snekbox's published interface: `POST /eval` with args and files, and its return codes."""

import base64
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

OUTPUT_BYTES = 1_000_000
SECONDS = 6.0


class Handler(BaseHTTPRequestHandler):
    """Runs what it is sent, in a temporary folder; a broken server answers with `reply` instead."""

    reply: tuple[int, bytes] | None = None
    requests: list[dict[str, Any]]

    def do_POST(self) -> None:
        """Answer /eval."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.requests.append(body)
        status, raw = self.reply or (200, json.dumps(evaluate(body)).encode())
        self.send_response(status if self.path == "/eval" else 404)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *arguments: object) -> None:
        """Keep quiet."""


def evaluate(body: dict[str, Any]) -> dict[str, Any]:
    """One evaluation: output, a return code as a shell gives it, and the files that are new or changed."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for file in body.get("files", []):
            path = home / file["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(base64.b64decode(file.get("content", "")))
        before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
        command = [sys.executable, "-BSqu", *body["args"]]
        process = subprocess.Popen(
            command, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={"MPLBACKEND": "Agg"}
        )
        clock = threading.Timer(SECONDS, process.kill)
        clock.start()
        assert process.stdout is not None
        printed = process.stdout.read(OUTPUT_BYTES)
        if len(printed) == OUTPUT_BYTES:
            process.terminate()
        code = process.wait()
        clock.cancel()
        process.stdout.close()
        after = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    try:
        stdout = printed.decode()
    except UnicodeDecodeError:
        return {"stdout": "UnicodeDecodeError: invalid Unicode in output pipe", "returncode": None, "files": []}
    files = [
        {"path": str(path.relative_to(home)), "size": len(raw), "content": base64.b64encode(raw).decode()}
        for path, raw in after.items()
        if before.get(path) != raw
    ]
    return {"stdout": stdout, "returncode": code if code >= 0 else 128 - code, "files": files}


@contextmanager
def serving(reply: tuple[int, bytes] | None = None) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """(URL, requests so far) of a running server."""
    requests: list[dict[str, Any]] = []
    handler = type("Handler", (Handler,), {"reply": reply, "requests": requests})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
