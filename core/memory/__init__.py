"""Turns, posts, votes and the inbox; nobody else knows SQLAlchemy."""

from core.memory.store import Memory
from core.memory.text import storable
from core.memory.verdict import Judged, Vote, verdict

__all__ = ["Judged", "Memory", "Vote", "storable", "verdict"]
