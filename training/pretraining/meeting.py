"""Where workers wait for each other: everyone says that it is there, the first one says "go on" when all are.

Over pipes, so that a worker that was killed is noticed at once and locks nobody out.
"""

from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Protocol

from core.errors import TrainingError

_HERE = b""


class Meeting(Protocol):
    """A meeting of all workers."""

    def meet(self) -> None:
        """Wait until all are there. Raises TrainingError where one cannot come."""


class Host:
    """The first worker's side."""

    def __init__(self, guests: Sequence[Connection] = ()) -> None:
        self._guests = guests

    def meet(self) -> None:
        """Wait until all are there. Raises TrainingError where one has died or says why it cannot go on."""
        try:
            for guest in self._guests:
                if problem := guest.recv_bytes():
                    raise TrainingError(problem.decode())
            for guest in self._guests:
                guest.send_bytes(_HERE)
        except (EOFError, OSError):
            raise TrainingError("A worker of the training has died.") from None


class Guest:
    """Every other worker's side."""

    def __init__(self, host: Connection) -> None:
        self._host = host

    def meet(self) -> None:
        """Wait for the others. Raises TrainingError where the first worker is gone."""
        try:
            self._host.send_bytes(_HERE)
            self._host.recv_bytes()
        except (EOFError, OSError):
            raise TrainingError("The first worker of the training is gone.") from None

    def excuse(self, problem: str) -> None:
        """Say why this worker cannot go on."""
        self._host.send_bytes(problem.encode() or b"no reason given")
