"""What attacks go for: a secret in a file, in the environment and in an open descriptor, a process, listeners."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CANARY = "CANARY-7f3a"
TOKEN = "xoxb-this-must-never-be-seen"  # noqa: S105 (bait)
_SECRET = f"{CANARY} token={TOKEN}\n"
_ENVIRONMENT_NAME = "CODEACT_CANARY_TOKEN"


@dataclass(frozen=True, slots=True)
class Bait:
    """Everything is in place between `laid()` and its end."""

    file: Path
    victim: subprocess.Popen[bytes]
    listeners: tuple[socket.socket, ...]
    port: int
    stream: Path
    datagram: Path

    def filled(self, code: str) -> str:
        """The attack's text with the placeholders replaced."""
        words = {
            "{CANARYFILE}": str(self.file),
            "{VICTIM}": str(self.victim.pid),
            "{PORT}": str(self.port),
            "{SOCK}": str(self.stream),
            "{DSOCK}": str(self.datagram),
            "{SBXDIR}": str(Path(__file__).resolve().parent),
            "{BOT}": str(os.getpid()),
        }
        for placeholder, word in words.items():
            code = code.replace(placeholder, word)
        return code

    def harm(self) -> list[str]:
        """What has been done to the bait, one sentence each."""
        harm = []
        if self.victim.poll() is not None:
            harm.append("the other process is dead")
        if not self.file.exists() or self.file.read_text() != _SECRET:
            harm.append("the secret file was changed")
        harm += [f"something reached {listener.getsockname()!r}" for listener in self.listeners if _reached(listener)]
        return harm


@contextlib.contextmanager
def laid() -> Iterator[Bait]:
    """Lay out the bait; a sandbox that is to be tested is started after that."""
    folder = Path(tempfile.mkdtemp(prefix="bait-"))
    folder.chmod(0o755)
    secret = folder / "secret.txt"
    secret.write_text(_SECRET)
    secret.chmod(0o644)
    handle = os.open(secret, os.O_RDONLY)
    os.set_inheritable(handle, True)
    os.environ[_ENVIRONMENT_NAME] = CANARY
    victim = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", "import time; time.sleep(86400)"],
        env={_ENVIRONMENT_NAME: CANARY},
        stdin=subprocess.DEVNULL,
    )
    try:
        with contextlib.ExitStack() as stack:
            stream, datagram = folder / "stream.sock", folder / "datagram.sock"
            tcp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            udp.bind(("127.0.0.1", port))
            local = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            local.bind(str(stream))
            packets = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
            packets.bind(str(datagram))
            listeners = [tcp, udp, local, packets]
            if sys.platform == "linux":
                abstract = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
                abstract.bind(f"\0codeact-canary-{os.getpid()}")
                listeners.append(abstract)
            for path in (stream, datagram):
                path.chmod(0o777)
            for listener in listeners:
                listener.setblocking(False)
                if listener.type == socket.SOCK_STREAM:
                    listener.listen(8)
            yield Bait(secret, victim, tuple(listeners), port, stream, datagram)
    finally:
        victim.kill()
        victim.wait()
        os.close(handle)
        del os.environ[_ENVIRONMENT_NAME]
        shutil.rmtree(folder, ignore_errors=True)


def _reached(listener: socket.socket) -> bool:
    try:
        if listener.type == socket.SOCK_STREAM:
            listener.accept()[0].close()
        else:
            listener.recv(1)
    except BlockingIOError:
        return False
    return True
