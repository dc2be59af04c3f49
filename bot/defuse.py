"""Text of models, programs and people, made harmless to read and to post."""

import re
import unicodedata
from collections.abc import Collection
from pathlib import PurePosixPath

_ZERO_WIDTH = "\u200b"
_ESCAPES = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, cursor moves
    "|\x1b[\\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\\\)"  # titles, links and other strings
    "|\x1b(?:[ -/]*[0-~])?"
)
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # text that shows in another order than it has
_UNSEEN = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_BIDI}\ufeff\ufff9-\ufffb\ud800-\udfff]")
_FENCE = re.compile("`{3,}")
_MENTION = re.compile(r"@(?=everyone|here)|<(?=[@#])", re.IGNORECASE)
_MARKDOWN = re.compile(r"([\\`*_~|\[\]])|^([ \t]*)([#>+-]|\d+(?=[.)]))", re.MULTILINE)
_MASKED_LINK = re.compile(r"\](?=[ \t]*\()")

# What a double click would start; such a file gets `.txt` at its end.
_STARTABLE = frozenset(
    [
        "app",
        "bat",
        "chm",
        "cmd",
        "com",
        "cpl",
        "dll",
        "dmg",
        "exe",
        "hta",
        "htm",
        "html",
        "jar",
        "js",
        "jse",
        "lnk",
        "msi",
        "msp",
        "pif",
        "ps1",
        "reg",
        "scr",
        "sh",
        "svg",
        "vb",
        "vbe",
        "vbs",
        "ws",
        "wsf",
        "xhtml",
    ]
)
_NAME = 80  # characters of a file name


def plain(text: str) -> str:
    """Without terminal escapes, control and bidirectional characters; lines end in a newline."""
    text = _ESCAPES.sub("", text.replace("\r\n", "\n"))
    return _UNSEEN.sub("", re.sub("[\r\u2028\u2029\x85]", "\n", text))


def unfenced(text: str) -> str:
    """With every run of three or more backticks pulled apart invisibly, so that it cannot close a code block."""
    return _FENCE.sub(lambda run: _ZERO_WIDTH.join(run.group()), text)


def unmentioned(text: str) -> str:
    """With Discord mentions (`@everyone`, `@here`, `<@…`, `<#…`) broken invisibly."""
    return _MENTION.sub(lambda sign: sign.group() + _ZERO_WIDTH, text)


def unlinked(text: str) -> str:
    """With Discord's masked links `[shown](address)` shown as they are written."""
    return _MASKED_LINK.sub(r"]\\", text)


def escaped_for_discord(text: str) -> str:
    """With Discord's markdown shown as it is written."""
    return _MARKDOWN.sub(lambda found: f"{found.group(2) or ''}\\{found.group(1) or found.group(3)}", text)


def escaped_for_slack(text: str) -> str:
    """With the three characters that make Slack's links and mentions as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def file_name(name: str) -> str:
    """A name that is a file in this folder everywhere and reads as it is."""
    base = unicodedata.normalize("NFC", PurePosixPath(plain(name).replace("\\", "/")).name)
    base = re.sub(r"[^\w.\- ()+,=@]", "_", base).strip(". ")
    stem, dot, ending = base.rpartition(".")
    if dot and len(ending) < 20:
        return f"{stem[: max(1, _NAME - len(ending) - 1)]}.{ending}"
    return base[:_NAME] or "file"


def posted_file_name(name: str) -> str:
    """The same for a file that others may open: one that a double click would start is made text."""
    safe = file_name(name)
    return f"{safe}.txt" if safe.rpartition(".")[2].lower() in _STARTABLE else safe


def unused_name(name: str, taken: Collection[str]) -> str:
    """The name, or with a number before its ending where it is taken."""
    stem, dot, ending = name.rpartition(".") if "." in name else (name, "", "")
    number, candidate = 2, name
    while candidate in taken:
        candidate, number = f"{stem}-{number}{dot}{ending}", number + 1
    return candidate
