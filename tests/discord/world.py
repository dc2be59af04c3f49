"""What a small Discord knows: people, channels, messages, reactions; and how it tells of them."""

import itertools
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

EPOCH_MS = 1_420_070_400_000
BOT, GUILD = 1, 100
EVERYTHING = str(2**50 - 1)  # permissions

Data = dict[str, Any]


@dataclass
class Place:
    """A channel, a thread (`parent`), or a direct message (no guild)."""

    id: int
    name: str
    guild: int | None = GUILD
    parent: int | None = None
    people: tuple[int, ...] = ()
    messages: "OrderedDict[int, Data]" = field(default_factory=OrderedDict)


class World:
    """One server with one bot; ids are snowflakes, so they grow with time."""

    def __init__(self) -> None:
        self.people: dict[int, Data] = {BOT: self._person(BOT, "codeact", bot=True)}
        self.places: dict[int, Place] = {}
        self.reactions: dict[int, OrderedDict[str, list[int]]] = {}  # message → emoji → people
        self.nonces: dict[tuple[int, str], int] = {}
        self.edits: dict[int, list[str]] = {}  # message → all its contents
        self._count = itertools.count()

    def snowflake(self) -> int:
        """A new id."""
        return (int(time.time() * 1000) - EPOCH_MS << 22) + next(self._count) % 2**22

    def add_person(self, name: str) -> int:
        number = self.snowflake()
        self.people[number] = self._person(number, name)
        return number

    def add_place(self, name: str, **more: Any) -> Place:
        place = Place(self.snowflake(), name, **more)
        self.places[place.id] = place
        return place

    def add_message(self, place: Place, author: int, content: str, **more: Any) -> Data:
        number = self.snowflake()
        mentioned = [person for key, person in self.people.items() if f"<@{key}>" in content]
        message: Data = {
            "id": str(number),
            "channel_id": str(place.id),
            "author": self.people[author],
            "content": content,
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": mentioned,
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "pinned": False,
            "type": 19 if more.get("message_reference") else 0,
            **more,
        }
        reference = message.get("message_reference")
        if reference and (answered := place.messages.get(int(reference["message_id"]))):
            message["referenced_message"] = answered
        place.messages[number] = message
        self.edits[number] = [content]
        return message

    def shown(self, message: Data) -> Data:
        """A message as the bot fetches it: with its reactions."""
        reactions = [
            {"emoji": {"id": None, "name": emoji}, "count": len(people), "me": BOT in people}
            for emoji, people in self.reactions.get(int(message["id"]), {}).items()
            if people
        ]
        return message | {"reactions": reactions}

    def event(self, message: Data) -> Data:
        """A message as the gateway tells of it."""
        guild = self.places[int(message["channel_id"])].guild
        return message if guild is None else message | {"guild_id": str(guild), "member": _member()}

    def react(self, message: Data, person: int, emoji: str) -> bool:
        people = self.reactions.setdefault(int(message["id"]), OrderedDict()).setdefault(emoji, [])
        if person in people:
            return False
        people.append(person)
        return True

    def unreact(self, message: Data, person: int, emoji: str) -> bool:
        people = self.reactions.get(int(message["id"]), {}).get(emoji, [])
        if person not in people:
            return False
        people.remove(person)
        return True

    def guild(self) -> Data:
        """GUILD_CREATE."""
        role = {"id": str(GUILD), "name": "@everyone", "permissions": EVERYTHING, "position": 0}
        role |= {"color": 0, "hoist": False, "managed": False, "mentionable": False, "flags": 0}
        here = [place for place in self.places.values() if place.guild == GUILD]
        return {
            "id": str(GUILD),
            "name": "Home",
            "owner_id": "2",
            "roles": [role],
            "emojis": [],
            "stickers": [],
            "features": [],
            "members": [_member() | {"user": self.people[BOT]}],
            "channels": [self.channel(place) for place in here if place.parent is None],
            "threads": [self.channel(place) for place in here if place.parent is not None],
            "member_count": len(self.people),
            "preferred_locale": "en-US",
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "premium_tier": 0,
            "system_channel_flags": 0,
        }

    def channel(self, place: Place) -> Data:
        """A channel object."""
        last = next(reversed(place.messages), None)
        data: Data = {"id": str(place.id), "name": place.name, "last_message_id": str(last) if last else None}
        if place.guild is None:
            people = [self.people[number] for number in place.people]
            return data | {"type": 1, "recipients": people}
        data |= {"guild_id": str(place.guild), "position": 0, "permission_overwrites": [], "nsfw": False}
        if place.parent is None:
            return data | {"type": 0, "parent_id": None, "topic": None, "rate_limit_per_user": 0}
        metadata = {"archived": False, "auto_archive_duration": 1440, "locked": False}
        metadata["archive_timestamp"] = "2026-01-01T00:00:00+00:00"
        more = {"owner_id": "2", "message_count": 0, "member_count": 1, "rate_limit_per_user": 0}
        return data | {"type": 11, "parent_id": str(place.parent), "thread_metadata": metadata} | more

    @staticmethod
    def _person(number: int, name: str, *, bot: bool = False) -> Data:
        return {"id": str(number), "username": name, "discriminator": "0", "avatar": None, "bot": bot}


def _member() -> Data:
    return {"roles": [], "joined_at": "2026-01-01T00:00:00+00:00", "deaf": False, "mute": False, "flags": 0}
