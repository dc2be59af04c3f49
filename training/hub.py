"""A base by its name on the Hugging Face hub: from the cache where it is there, else downloaded, else a clear no."""

import sys
from pathlib import Path

import httpx
from huggingface_hub import constants, get_session, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled

from core.errors import ModelNotFound

_PATTERNS = ["*.json", "*.safetensors", "*.txt", "*.jinja", "*.model"]
_PATIENCE_SECONDS = 10.0
_OFFLINE = "Offline, start from the bundled model: make train BASE=models/codeact-mini, or --base models/codeact-mini."


def local_copy(source: str) -> str:
    """The folder of a model: `source` itself where it is one, else the copy of that name on the hub.

    Raises ModelNotFound where the name is not in the cache and the hub does not have it or cannot be reached, and says
    so in seconds: the hub's own client would try again for a minute.
    """
    if Path(source).is_dir():
        return source
    try:
        cached = Path(snapshot_download(source, allow_patterns=_PATTERNS, local_files_only=True))
        if (cached / "config.json").is_file() and any(cached.glob("*.safetensors")):
            return str(cached)
    except LocalEntryNotFoundError:
        pass
    except HFValidationError as error:
        raise ModelNotFound(f"{source!r} is neither a folder nor a name on the hub.") from error
    _check(source)
    print(f"{source} is fetched from the hub", file=sys.stderr)
    try:
        return str(snapshot_download(source, allow_patterns=_PATTERNS))
    except (HfHubHTTPError, LocalEntryNotFoundError, httpx.HTTPError, OSError) as error:
        raise ModelNotFound(f"{source} could not be downloaded from the hub: {_first_line(error)}") from error


def _check(source: str) -> None:
    try:
        answer = get_session().get(f"{constants.ENDPOINT}/api/models/{source}", timeout=_PATIENCE_SECONDS)
    except (httpx.HTTPError, OfflineModeIsEnabled, OSError) as error:
        raise ModelNotFound(f"{source} is not in the local cache, and the hub cannot be reached. {_OFFLINE}") from error
    if answer.status_code in (401, 403, 404):
        raise ModelNotFound(f"The hub has no model {source} that is open to us. {_OFFLINE}")


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else 'no reason given'}"
