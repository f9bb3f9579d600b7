"""Everything that `easel doctor` looks at."""

from bot.doctor.clock_check import PART as CLOCK
from bot.doctor.clock_check import check_clock
from bot.doctor.database_check import PART as DATABASE
from bot.doctor.database_check import check_database
from bot.doctor.discord_check import PART as DISCORD
from bot.doctor.discord_check import check_discord
from bot.doctor.disk_check import PART as DISK
from bot.doctor.disk_check import check_disk
from bot.doctor.findings import Finding, Part, run
from bot.doctor.network_check import PORTS, WEBHOOKS, check_ports, check_webhooks
from bot.doctor.replicate_check import OPENAI, check_openai, check_replicate
from bot.doctor.replicate_check import PART as REPLICATE
from bot.doctor.settings_check import PART as SETTINGS
from bot.doctor.settings_check import check_settings
from bot.service.clock import SystemClock
from bot.service.ports import Clock
from bot.settings import Settings


async def examine(settings: Settings, clock: Clock | None = None) -> list[Finding]:
    """The findings, part by part. It changes nothing, and takes a minute at most: `PART_SECONDS` for each part, all of
    them at once."""
    clock = clock or SystemClock()
    parts = [
        Part(SETTINGS, lambda: check_settings(settings)),
        Part(DISCORD, lambda: check_discord(settings)),
        Part(REPLICATE, lambda: check_replicate(settings)),
        Part(OPENAI, lambda: check_openai(settings)),
        Part(DATABASE, lambda: check_database(settings)),
        Part(CLOCK, lambda: check_clock(settings, clock)),
        Part(WEBHOOKS, lambda: check_webhooks(settings)),
        Part(PORTS, lambda: check_ports(settings)),
        Part(DISK, lambda: check_disk(settings)),
    ]
    return await run(parts)
