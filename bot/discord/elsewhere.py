"""Another server that speaks Discord's protocol, named by settings: found, and understood where it is careless."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import discord.gateway
import discord.http
import discord.shard
import discord.webhook.async_
import yarl

from core.errors import AdapterError

API_VERSION = "v10"


@contextmanager
def server(api_base: str, gateway_url: str) -> Iterator[None]:
    """Point discord.py at a server while the block runs; two empty strings mean Discord itself.

    The library keeps both addresses in class attributes, so this holds for the whole process.
    """
    changed: list[tuple[object, str, object]] = []

    def put(owner: object, name: str, value: object) -> None:
        changed.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)

    try:
        if api_base:
            put(discord.http.Route, "BASE", base_address(api_base))
            put(discord.http, "json_or_text", _json_or_text)
            put(discord.webhook.async_, "json_or_text", _json_or_text)
        if gateway_url:
            put(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(gateway_url))
        if api_base or gateway_url:
            put(_Gateway, "home", yarl.URL(gateway_url) if gateway_url else None)
            put(discord.shard, "DiscordWebSocket", _Gateway)
        yield
    finally:
        for owner, name, value in reversed(changed):
            setattr(owner, name, value)


def base_address(address: str) -> str:
    """The address of the interface with its version, which may be left out: `http://host`, `…/api`, `…/api/v10`."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise AdapterError(f"DISCORD_API_BASE must be an http:// or https:// address, not {address!r}.")
    address = address.rstrip("/")
    if re.search(r"/v\d+$", address):
        return address
    return f"{address}/{API_VERSION}" if parts.path.strip("/") else f"{address}/api/{API_VERSION}"


class _Gateway(discord.gateway.DiscordWebSocket):
    """A gateway whose READY may leave out where its session is resumed, and which shard it is for."""

    home: yarl.URL | None = None  # where the settings say that the gateway is

    async def received_message(self, msg: Any, /) -> None:
        if isinstance(msg, bytes):
            msg = self._decompressor.decompress(msg)
            if msg is None:
                return
        if '"READY"' in msg[:200] or '"READY"' in msg[-200:]:
            event = json.loads(msg)
            if event.get("t") == "READY":
                msg = json.dumps(event | {"d": self._completed(event["d"])})
        await super().received_message(msg)

    def _completed(self, ready: dict[str, Any]) -> dict[str, Any]:
        ready = {"shard": [self.shard_id or 0, self.shard_count or 1]} | ready
        if self.home is not None or not ready.get("resume_gateway_url"):
            ready["resume_gateway_url"] = str(self.home or self.gateway)
        return ready


async def _json_or_text(response: aiohttp.ClientResponse) -> Any:
    """The body. The library reads JSON only where the type is exactly `application/json`, without a charset."""
    text = await response.text(encoding="utf-8")
    if response.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
        return json.loads(text) if text else ""
    return text
