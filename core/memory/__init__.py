"""Turns, posts, votes and the inbox; nobody else knows SQLAlchemy."""

from core.memory.forgetting import Deleted, Leaving
from core.memory.store import Memory
from core.memory.teaching import TrainingRule
from core.memory.text import storable
from core.memory.verdict import Judged, Vote, verdict

__all__ = ["Deleted", "Judged", "Leaving", "Memory", "TrainingRule", "Vote", "storable", "verdict"]
