"""Lite mode denies permissions and times of files everywhere: here, in the work folder, that is no error.

Landlock does not know these changes, so the filter has to refuse them as a whole. Much of the standard library makes
them in passing, such as `shutil.copy`.
"""

import os
from collections.abc import Callable
from typing import Any

_NAMES = ("chmod", "fchmod", "lchmod", "utime")


def forgive_attributes(folder: str) -> None:
    """From now on, in this process: the functions of `os` for it do nothing, in silence, beneath `folder`."""
    for name in _NAMES:
        if hasattr(os, name):
            setattr(os, name, _forgiving(getattr(os, name), folder))


def _forgiving(function: Callable[..., None], folder: str) -> Callable[..., None]:
    def without_effect(path: Any, *arguments: Any, **options: Any) -> None:
        try:
            function(path, *arguments, **options)
        except PermissionError:
            if not (isinstance(path, int) or _is_beneath(path, folder)):
                raise

    without_effect.__name__ = without_effect.__qualname__ = function.__name__
    return without_effect


def _is_beneath(path: Any, folder: str) -> bool:
    return f"{os.path.realpath(os.fsdecode(path))}/".startswith(f"{folder}/")
