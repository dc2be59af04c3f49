"""People who opted out or asked to be forgotten, known by a salted hash: their names would be what to forget."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.memory.tables import PersonRow, SaltRow
from core.memory.text import storable
from core.memory.upsert import insert

_THE_ONE = 1


async def salt(session: AsyncSession) -> bytes:
    """The salt of this database, or none as long as there is nobody to know."""
    return await session.scalar(select(SaltRow.salt).where(SaltRow.id == _THE_ONE)) or b""


def hashed(salt: bytes, platform: str, author: str) -> str:
    """A person without a name: salted SHA-256, in hexadecimal."""
    named = f"{len(platform)}:{platform}:{storable(author)}"
    return hashlib.sha256(salt + named.encode()).hexdigest()


async def find(session: AsyncSession, platform: str, author: str) -> PersonRow | None:
    """What is known of a person, if anything."""
    if not (grains := await salt(session)):
        return None
    return await session.get(PersonRow, hashed(grains, platform, author))


async def is_opted_out(session: AsyncSession, platform: str, author: str) -> bool:
    """Whether this person's words and votes must not teach."""
    person = await find(session, platform, author)
    return person is not None and person.opted_out


async def forgotten_at(session: AsyncSession, platform: str, author: str) -> datetime | None:
    """When this person last asked to be forgotten."""
    person = await find(session, platform, author)
    return None if person is None else person.forgotten_at


async def opt_out(session: AsyncSession, platform: str, author: str, out: bool) -> None:
    """Write down whether a person's words and votes must not teach."""
    await _put(session, platform, author, opted_out=out)


async def bury(session: AsyncSession, platform: str, author: str) -> str:
    """Write down that a person asked to be forgotten now; returns the hash that is all that stays."""
    return await _put(session, platform, author, forgotten_at=datetime.now(UTC))


async def opted_out_among(session: AsyncSession, people: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of these people, as platform and author, who opted out."""
    out = set(await session.scalars(select(PersonRow.person).where(PersonRow.opted_out.is_(True))))
    if not out:
        return set()
    grains = await salt(session)
    return {(platform, author) for platform, author in people if hashed(grains, platform, author) in out}


async def _put(session: AsyncSession, platform: str, author: str, **changes: bool | datetime) -> str:
    new_salt = insert(session, SaltRow).values(id=_THE_ONE, salt=secrets.token_bytes(32))
    await session.execute(new_salt.on_conflict_do_nothing())
    person = hashed(await salt(session), platform, author)
    values = {"opted_out": False, "forgotten_at": None} | changes
    await session.execute(
        insert(session, PersonRow)
        .values(person=person, **values)
        .on_conflict_do_update(index_elements=["person"], set_=changes)
    )
    return person
