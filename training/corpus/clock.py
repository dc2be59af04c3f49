"""The time that programs of the corpus see: it stands still, so that the same seed gives the same rows on every day."""

import builtins
import datetime as real
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

_START = real.datetime(2026, 1, 1, tzinfo=real.UTC)
_standing = [_START]


def set_clock(minutes: int) -> None:
    """Let it be so many minutes after the beginning of 2026."""
    _standing[0] = _START + real.timedelta(minutes=minutes)


def now() -> real.datetime:
    """What the clock shows."""
    return _standing[0]


class _Date(real.date):
    @classmethod
    def today(cls) -> "_Date":
        return cls(now().year, now().month, now().day)


class _Datetime(real.datetime):
    @classmethod
    def now(cls, tz: real.tzinfo | None = None) -> "_Datetime":
        shown = now()
        return cls(shown.year, shown.month, shown.day, shown.hour, shown.minute, tzinfo=tz)


def _module() -> ModuleType:
    module = ModuleType("datetime")
    module.__dict__.update({name: value for name, value in real.__dict__.items() if not name.startswith("__")})
    module.__dict__.update(date=_Date, datetime=_Datetime)
    return module


_DATETIME = _module()


def _import(
    name: str,
    globals: Mapping[str, Any] | None = None,  # noqa: A002 - the names are Python's
    locals: Mapping[str, Any] | None = None,  # noqa: A002
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    if name == "datetime":
        return _DATETIME
    if name in sys.modules and "." not in name:
        return sys.modules[name]
    return builtins.__import__(name, globals, locals, fromlist or (), level)


BUILTINS: dict[str, Any] = {**builtins.__dict__, "__import__": _import}
"""What programs of the corpus find built in: all that Python has, but the clock stands still."""
