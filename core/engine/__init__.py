"""The language model: one protocol, and three ways to reach one."""

from core.engine.protocol import Engine
from core.engine.scripted import ScriptedEngine

__all__ = ["Engine", "ScriptedEngine"]
