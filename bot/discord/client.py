"""The discord.py client: events in, to the desk and to the votes."""

import logging

import aiohttp
import discord
from discord import app_commands

from bot import words
from bot.discord import commands, questions
from bot.discord.access import Access
from bot.discord.attachments import fetch, pasted_text
from bot.discord.buttons import DeleteButton
from bot.discord.catch_up import CatchUp, Seen
from bot.discord.desk import Desk, Question
from bot.discord.place import MessagePlace
from bot.discord.posts import nonce
from bot.discord.reruns import RERUN, Reruns, was_edited_soon
from bot.discord.threads import OwnThreads
from bot.discord.tolerance import be_tolerant
from bot.discord.trying import optionally
from bot.discord.votes import Votes
from core.conversation import IncomingMessage
from core.errors import AdapterError
from core.service import ChatService

_BACKOFF = 5  # the longest pause between two tries to reconnect is 2**5 seconds

log = logging.getLogger(__name__)


def intents(*, reads_all: bool) -> discord.Intents:
    """What Discord shall tell us; `reads_all` is the message content, a privilege to be granted to the application."""
    wanted = discord.Intents.none()
    wanted.guilds = True
    wanted.guild_messages = True
    wanted.guild_reactions = True
    wanted.dm_messages = True
    wanted.dm_reactions = True
    wanted.message_content = reads_all
    return wanted


class Client(discord.AutoShardedClient):
    """One life of the connection; after a fatal error a new one takes up what this one began."""

    def __init__(
        self,
        service: ChatService,
        *,
        access: Access | None = None,
        reads_all: bool = True,
        named_gateway: bool = False,
        shard_count: int | None = None,
        seen: Seen | None = None,
    ) -> None:
        """`named_gateway`: use the gateway of the settings, not the one that the server names."""
        super().__init__(
            intents=intents(reads_all=reads_all),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,  # reactions come as raw events, so nothing needs to be kept
            shard_count=shard_count,
        )
        be_tolerant(self)
        self.service = service
        self.access = access or Access()
        self.reads_all = reads_all
        self.tree: app_commands.CommandTree[Client] = app_commands.CommandTree(self)
        self._votes = Votes(service, self)
        self.desk = Desk(service, help_text=self.help_text, on_posted=self._votes.posted)
        self._threads = OwnThreads(self)
        self._catch_up = CatchUp(self, seen or Seen(), self._take)
        self._named_gateway = named_gateway
        self._reruns = Reruns(self, self._answer)
        commands.add(self)
        self.add_dynamic_items(DeleteButton)

    @property
    def me(self) -> discord.ClientUser:
        """Who we are; known since the login."""
        if self.user is None:
            raise AdapterError("Discord did not say who this bot is.")
        return self.user

    async def setup_hook(self) -> None:
        """Once per life, after the login and before the gateway: what was left unanswered comes first."""
        for incoming in await self.service.unanswered(questions.PLATFORM):
            number = int(incoming.message_id) if incoming.message_id.isdigit() else None
            again = incoming.key != incoming.message_id
            place = MessagePlace(
                self, int(incoming.channel.id), number, nonce(incoming.key), taken_up=True, again=again
            )
            self.desk.take_up(incoming, place)
        self.loop.create_task(optionally(self.tree.sync()))
        if self._named_gateway and self.shard_count is None:
            self.shard_count = await self._wanted_shards()

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """From here on something may be missed."""
        self._catch_up.broke(shard_id)

    async def on_shard_resumed(self, shard_id: int) -> None:
        """Discord replayed what was missed."""
        self._catch_up.resumed(shard_id)

    async def on_shard_connect(self, shard_id: int) -> None:
        """A new session; its channels are not all known yet."""
        self._catch_up.lost(shard_id)
        shard = self.get_shard(shard_id)
        if (pauses := getattr(shard and shard._parent, "_backoff", None)) is not None:
            pauses._max = _BACKOFF  # the library's own grow to 17 minutes

    async def on_shard_ready(self, shard_id: int) -> None:
        """Connected, also again after a session was lost."""
        log.info("Connected to Discord as %s, in %d servers", self.me, len(self.guilds))
        await self._catch_up.read_all()

    async def on_message(self, message: discord.Message) -> None:
        """A message that somebody wrote; most are not for us."""
        await self._catch_up.before(message)
        await self._take(message)

    async def _take(self, message: discord.Message) -> None:
        if not questions.is_from_person(message) or not await self._is_for_us(message):
            return
        await self._answer(message, str(message.id))

    async def _answer(self, message: discord.Message, key: str) -> None:
        """Answer a message that is for us, if its author may ask here."""
        channel = questions.channel_of(message)
        if not self.access.permits(questions.asked_by(message.author, message.channel, channel.workspace)):
            return
        place = MessagePlace(self, message.channel.id, message.id, nonce(key), again=key != str(message.id))
        await self.desk.receive(channel, key, lambda: self._question(message, key), place)

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """A vote, perhaps."""
        await self._votes.added(event)
        if event.emoji.name == RERUN:
            await self._reruns.clicked(event)

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        """A question put in other words, perhaps."""
        message = event.message
        if questions.is_from_person(message) and was_edited_soon(message) and await self._is_for_us(message):
            await self._reruns.offer(message)

    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        """A vote withdrawn, perhaps."""
        await self._votes.removed(event)

    def help_text(self) -> str:
        """How to ask here."""
        about = self.service.about()
        text = words.help_text(
            self.me.mention,
            model=about.model,
            bundled=about.bundled,
            sandbox=about.sandbox,
            version=about.version,
            commands=" ".join(f"/{command.name}" for command in self.tree.get_commands()),
        )
        return text if self.reads_all else f"{text}\n{words.MENTION_ME}"

    async def _wanted_shards(self) -> int:
        try:
            shards, _, _ = await self.http.get_bot_gateway()
            return max(1, shards)
        except (discord.DiscordException, aiohttp.ClientError, OSError, LookupError, TypeError) as error:
            log.info("The server does not say how many shards it wants: %s", error)
            return 1

    async def _is_for_us(self, message: discord.Message) -> bool:
        if message.guild is None and not getattr(message.channel, "guild_id", None):
            return True  # a direct message
        if questions.mentions(message, self.me):
            return True
        if await self._answers_us(message):
            return True
        if questions.talks_to_others(message, self.me):
            return False
        return await self._threads.is_own(message.channel)

    async def _answers_us(self, message: discord.Message) -> bool:
        replied_to = questions.replied_to(message)
        if replied_to is None or message.reference is None:
            return False
        if isinstance(message.reference.resolved, discord.Message):
            return message.reference.resolved.author.id == self.me.id
        if isinstance(message.reference.resolved, discord.DeletedReferencedMessage):
            return False
        return await self._threads.wrote(message.channel.id, replied_to)

    async def _question(self, message: discord.Message, key: str) -> Question:
        """The message as the service takes it, with its files."""
        text = questions.text_of(message, self.me)
        files, left_out = await fetch(message.attachments)
        if not text and (pasted := pasted_text(files)) is not None:
            text, files = pasted, []
        incoming = IncomingMessage(
            questions.channel_of(message),
            str(message.author.id),
            text,
            tuple(files),
            key=key,
            message_id=str(message.id),
        )
        return Question(incoming, notes=(words.left_out(", ".join(left_out[:5])),) if left_out else ())
