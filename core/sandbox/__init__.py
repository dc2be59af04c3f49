"""The sandbox: runs untrusted Python so that nothing of the host can be read, changed, reached or used up."""

from .result import ExecutionResult, Limits, Mode, ProgramFile, Status
from .sandbox import Sandbox

__all__ = ["ExecutionResult", "Limits", "Mode", "ProgramFile", "Sandbox", "Status"]
