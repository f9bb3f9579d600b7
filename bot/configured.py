"""What the settings make by themselves: keys, limits, the client to Replicate, an open database."""

import socket
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

from bot.domain.account import Account, Billing
from bot.domain.fairness import Limits
from bot.domain.quota import Allowance, UsageLimits
from bot.openai.key_check import OpenAiKeyCheck
from bot.openai.moderation import OpenAiModeration
from bot.replicate.accounts import StoredAccounts
from bot.replicate.client import Credentials, ReplicateClient
from bot.replicate.token_check import ReplicateTokenCheck
from bot.service.admission import OperatorTerms
from bot.service.incidents import Glance, IncidentWatch
from bot.service.own_keys import OwnKeys
from bot.service.ports import Blobs, Clock, Keys, Meter, OperatorChannel
from bot.service.privacy import Privacy, PrivacyTerms
from bot.service.retention import Retention
from bot.service.soundings import Soundings
from bot.service.unmetered import UNMETERED
from bot.service.whois import Whois
from bot.settings import Settings
from bot.storage.books import SqlBooks
from bot.storage.cipher import Cipher, load_or_make_keys
from bot.storage.engine import Database
from bot.storage.erasures import SqlErasures
from bot.storage.errors import DatabaseInUse
from bot.storage.files import disk_space
from bot.storage.incidents import SqlIncidents
from bot.storage.occasions import SqlOccasions
from bot.storage.preferences import SqlPreferences
from bot.storage.privacy import SqlPersonalData
from bot.storage.schema import hold_database, migrate
from bot.storage.store import SqlStore, open_store
from bot.storage.vitals import SqlVitals
from bot.telemetry import conceal


def limits_of(settings: Settings) -> Limits:
    return Limits(
        per_member=settings.easel_max_in_flight_per_member,
        per_guild=settings.easel_max_in_flight_per_guild,
        in_all=settings.easel_max_in_flight,
        creates_per_minute=settings.replicate_creates_per_minute,
    )


def open_cipher(settings: Settings) -> Cipher:
    """The cipher with the configured keys, or with those in the data directory, made if need be. It blocks.

    Raises `MalformedKey`.
    """
    key = settings.easel_secret_key
    kept = [key.get_secret_value()] if key else load_or_make_keys(key_file(settings))
    keys = [*kept, *settings.retired_keys]
    conceal(keys)
    return Cipher.from_key(*keys)


def key_file(settings: Settings) -> Path:
    """Where the secret keys are unless the settings hold one."""
    return settings.easel_data_dir / "secret.key"


def open_replicate(
    settings: Settings, clock: Clock, keys: Keys | None = None, meter: Meter = UNMETERED
) -> ReplicateClient:
    """The client to Replicate with the operator's account, and with those of `keys`; enter it to use it."""
    operator = Credentials(settings.replicate_api_token, settings.openai_api_key)
    return ReplicateClient(
        StoredAccounts(operator, keys, clock),
        settings.replicate_delivery_hosts,
        clock,
        api_url=settings.replicate_api_url,
        responded=partial(meter.responded, "replicate"),
    )


def webhook_base(settings: Settings) -> str | None:
    """What the addresses begin with that Replicate is told to call; None where it calls nobody."""
    return f"{settings.public_url}/webhooks/replicate" if settings.public_url else None


def operator_terms(settings: Settings) -> OperatorTerms:
    """What the settings say of the operator's account and of everyone's limits."""
    return OperatorTerms(
        account=Account(billing=Billing.TOKEN if settings.openai_api_key else Billing.PICTURE),
        member=UsageLimits(day=Allowance(pictures=settings.easel_member_daily_pictures)),
        guild=UsageLimits(day=Allowance(amount=settings.guild_daily_spend)),
        deployment=UsageLimits(
            day=Allowance(amount=settings.daily_spend), month=Allowance(amount=settings.monthly_spend)
        ),
    )


def own_keys(settings: Settings, keys: Keys, clock: Clock) -> OwnKeys:
    """The keys that guilds bring, checked with both vendors."""
    return OwnKeys(
        keys,
        ReplicateTokenCheck(clock, api_url=settings.replicate_api_url),
        OpenAiKeyCheck(settings.replicate_model.rpartition("/")[2], api_url=settings.openai_api_url),
        clock,
    )


def retention_of(settings: Settings, database: Database, blobs: Blobs, clock: Clock) -> Retention:
    return Retention(
        SqlErasures(database),
        SqlPreferences(database),
        blobs,
        SqlOccasions(database),
        clock,
        days=settings.easel_retention_days,
        grace=timedelta(days=settings.easel_guild_grace_days),
    )


def privacy_of(settings: Settings, database: Database, blobs: Blobs, retention: Retention, clock: Clock) -> Privacy:
    return Privacy(
        data=SqlPersonalData(database),
        books=SqlBooks(database),
        preferences=SqlPreferences(database),
        blobs=blobs,
        retention=retention,
        clock=clock,
        terms=PrivacyTerms(
            contact=settings.easel_privacy_contact,
            policy_url=settings.easel_privacy_url,
            retention_days=settings.easel_retention_days,
            picture_days=settings.easel_input_retention_days,
            grace_days=settings.easel_guild_grace_days,
        ),
    )


def classifier(settings: Settings, keys: Keys, meter: Meter) -> OpenAiModeration:
    """What judges prompts and pictures, on the operator's key or on those that guilds bring."""
    return OpenAiModeration(
        settings.openai_moderation_key or settings.openai_api_key,
        keys,
        api_url=settings.openai_api_url,
        responded=partial(meter.responded, "openai"),
    )


@asynccontextmanager
async def _opened(url: str, cipher: Cipher) -> AsyncGenerator[SqlStore]:
    store = await open_store(url, cipher)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def migrated(url: str, cipher: Cipher) -> AsyncGenerator[SqlStore]:
    """The store, brought up to date and open; a SQLite database is held for this process alone."""
    with hold_database(url):
        await migrate(url, cipher)
        async with _opened(url, cipher) as store:
            yield store


@asynccontextmanager
async def beside(url: str, cipher: Cipher) -> AsyncGenerator[SqlStore]:
    """The store, open also while a bot holds it, which has brought it up to date then."""
    with suppress(DatabaseInUse), hold_database(url):
        await migrate(url, cipher)
    async with _opened(url, cipher) as store:
        yield store


def pseudonym_key(database: Database) -> bytes:
    """What `vendor_user_id` is keyed with."""
    return database.root.derive("vendor user id")


def whois_of(database: Database) -> Whois:
    return Whois(SqlBooks(database), pseudonym_key(database))


def incident_watch(
    settings: Settings, database: Database, clock: Clock, channel: OperatorChannel, glances: Sequence[Glance]
) -> IncidentWatch:
    """What tells the operator of what needs them."""
    terms, today = operator_terms(settings), clock.now().date()
    inputs = ((model, quality) for model in settings.models for quality in model.choices("quality"))
    soundings = Soundings(
        SqlVitals(database),
        clock,
        ceilings=terms.deployment,
        cheapest=min(model.price(quality, today, terms.account.billing) for model, quality in inputs),
        public_url=settings.public_url,
        host=socket.gethostname(),
        # Of a database that is shared the server has the disk.
        disk=lambda: None if database.shared else disk_space(settings.easel_data_dir),
    )
    return IncidentWatch(SqlIncidents(database), channel, clock, looks=[soundings.look], glances=glances)
