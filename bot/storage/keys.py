"""The keys that guilds have brought."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import credentials


async def is_in_use(connection: AsyncConnection, account: str) -> bool:
    """Whether the account takes new jobs: its guild has neither removed nor replaced its key."""
    in_use = (credentials.c.account == account, credentials.c.retired_at.is_(None))
    return await connection.scalar(select(credentials.c.account).where(*in_use)) is not None
