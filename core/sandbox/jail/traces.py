"""What a person reads of an exception: the program's own lines, and the last line as Python writes it.

Written without the traceback module: a program may have replaced any of its parts.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType

SourceLines = Mapping[str, Sequence[str]]  # file name of a cell to the lines of its source

_HEAD = "Traceback (most recent call last):\n"
_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"
_FRAMES_SHOWN = 20
_LINE_CHARACTERS = 200
_MESSAGE_CHARACTERS = 4000
_LINKS_SHOWN = 5
_PARTS_SHOWN = 5


def describe(error: BaseException, sources: SourceLines) -> str:
    """The whole traceback, ending with a line break. Never raises, whatever the exception does."""
    text = ""
    for link in _links(error)[-_LINKS_SHOWN:]:
        frames = list(_own_frames(link.__traceback__, sources))
        if not frames and link is not error:
            continue  # it was raised and caught inside of a library
        if text:
            text += _CAUSE if link.__cause__ is not None else _CONTEXT
        text += (_HEAD + "".join(_collapsed(frames)) if frames else "") + "".join(_parts(link)) + _last_line(link)
    return text


def last_line(error: BaseException) -> str:
    """Only `NameOfError: message`."""
    return _last_line(error)


def _links(error: BaseException) -> list[BaseException]:
    """The exceptions that led to this one, oldest first, and this one."""
    links = [error]
    while len(links) < 100:
        last = links[-1]
        before = last.__cause__ or (None if last.__suppress_context__ else last.__context__)
        if before is None or any(before is link for link in links):
            break
        links.append(before)
    return links[::-1]


def _own_frames(trace: TracebackType | None, sources: SourceLines) -> Iterator[str]:
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename in sources:
            yield _frame(trace.tb_lineno, code.co_name, sources[code.co_filename])
        trace = trace.tb_next


def _frame(number: int | None, function: str, lines: Sequence[str]) -> str:
    text = f"  line {number}, in {_shortened(function, _LINE_CHARACTERS)}\n"
    if number is not None and 0 < number <= len(lines) and (source := lines[number - 1].strip()):
        text += f"    {_shortened(source, _LINE_CHARACTERS)}\n"
    return text


def _collapsed(frames: Sequence[str]) -> Iterator[str]:
    """Equal frames in a row are told once with their number; of very many, the middle is left out."""
    runs: list[tuple[str, int]] = []
    for frame in frames:
        if runs and runs[-1][0] == frame:
            runs[-1] = (frame, runs[-1][1] + 1)
        else:
            runs.append((frame, 1))
    half = _FRAMES_SHOWN // 2
    for index, (frame, times) in enumerate(runs):
        if len(runs) > _FRAMES_SHOWN and half <= index < len(runs) - half:
            if index == half:
                yield f"  [{len(runs) - 2 * half} more frames]\n"
            continue
        yield frame
        if times > 1:
            yield f"  [Previous line repeated {times - 1} more times]\n"


def _parts(error: BaseException) -> Iterator[str]:
    """What an exception group holds, or where a syntax error is."""
    if isinstance(error, BaseExceptionGroup):
        try:
            for part in error.exceptions[:_PARTS_SHOWN]:
                yield f"  with {_last_line(part)}"
        except BaseException:  # a hostile subclass
            return
    elif isinstance(error, SyntaxError):
        try:
            yield _place(error)
        except BaseException:
            return


def _place(error: SyntaxError) -> str:
    if error.lineno is None:
        return ""
    text = f"  line {int(error.lineno)}\n"
    source = (error.text or "").splitlines()[:1]
    stripped = source[0].strip() if source else ""
    if not stripped:
        return text
    text += f"    {_shortened(stripped, _LINE_CHARACTERS)}\n"
    column = (error.offset or 0) - 1 - (len(source[0]) - len(source[0].lstrip()))
    if error.offset is not None and 0 <= column < _LINE_CHARACTERS:
        end = error.end_offset if error.end_lineno == error.lineno and error.end_offset else 0
        width = max(1, min(end - error.offset, len(stripped) - column))
        text += "    " + " " * column + "^" * width + "\n"
    return text


def _last_line(error: BaseException) -> str:
    kind = type(error)
    name = _safe_text(getattr(kind, "__qualname__", kind))
    module = _safe_text(getattr(kind, "__module__", ""))
    if module not in ("builtins", "__main__", ""):
        name = f"{module}.{name}"
    message = error.msg if isinstance(error, SyntaxError) else error
    text = _shortened(_safe_text(message), _MESSAGE_CHARACTERS)
    notes = getattr(error, "__notes__", None)
    lines = [f"{name}: {text}" if text else name]
    if isinstance(notes, list | tuple):
        lines += [_shortened(_safe_text(note), _MESSAGE_CHARACTERS) for note in notes[:_PARTS_SHOWN]]
    return "\n".join(lines) + "\n"


def _safe_text(value: object) -> str:
    if type(value) is str:
        return value
    try:
        return str.__str__(str(value))
    except BaseException:  # a hostile __str__
        return f"<{type(value).__name__} without text>"


def _shortened(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return f"{text[: most - most // 4]} … [{len(text)} characters] … {text[-most // 4 :]}"
