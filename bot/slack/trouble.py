"""What a failed call to Slack means for us: try again, say it shorter, give up, or stop."""

from collections.abc import Iterable
from enum import StrEnum

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from core.errors import AdapterError

# Everything that a call to the Web API can raise.
FAILURES = (SlackClientError, aiohttp.ClientError, TimeoutError, OSError)


class Trouble(StrEnum):
    """What to do about a failed call."""

    PASSING = "passing"  # the network or Slack's servers: try again; it may have been done all the same
    LENGTH = "length"  # too long, or blocks that this server does not take: say it in plain text
    REFUSED = "refused"  # the token is not taken any more: nothing will work
    OTHER = "other"


_REFUSED = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "not_allowed_token_type",
        "no_permission",
    }
)
_LENGTH = frozenset(
    {
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_too_long",
        "msg_blocks_too_long",
        "too_many_blocks",
        "markdown_text_conflict",
        "metadata_too_large",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "cannot_parse_attachment",
    }
)
_PASSING = frozenset(
    {
        "ratelimited",
        "rate_limited",
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "server_error",
    }
)


def trouble(error: BaseException) -> Trouble:
    """The kind of a failure."""
    if not isinstance(error, SlackApiError):
        return Trouble.PASSING if isinstance(error, FAILURES) else Trouble.OTHER
    code = code_of(error)
    if code in _REFUSED:
        return Trouble.REFUSED
    if code in _LENGTH:
        return Trouble.LENGTH
    # A body that is no JSON, or none at all, comes from a proxy or a server in trouble.
    return Trouble.PASSING if code in _PASSING or not code or _status(error) >= 500 else Trouble.OTHER


def code_of(error: SlackApiError) -> str:
    """Slack's name for the error, such as `invalid_auth`; empty where the answer was not Slack's JSON."""
    data = getattr(error.response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    return code if isinstance(code, str) else ""


def _status(error: SlackApiError) -> int:
    status = getattr(error.response, "status_code", None) or getattr(error.response, "status", 0)
    return status if isinstance(status, int) else 0


def bot_token_refused(reason: str) -> AdapterError:
    """For a bot token that Slack does not take."""
    return AdapterError(
        f"Slack refuses SLACK_BOT_TOKEN ({reason}): copy the Bot User OAuth Token (xoxb-…) of your app from "
        "https://api.slack.com/apps, page OAuth & Permissions."
    )


def app_token_refused(reason: str) -> AdapterError:
    """For an app-level token that Slack does not take."""
    return AdapterError(
        f"Slack refuses SLACK_APP_TOKEN ({reason}): create an app-level token (xapp-…) with the scope "
        "connections:write at https://api.slack.com/apps, page Basic Information."
    )


def missing(scopes: Iterable[str]) -> str:
    """One line for the log about scopes that the app was not given."""
    return f"The Slack app lacks the scopes {', '.join(sorted(scopes))}: add them and install the app again."
