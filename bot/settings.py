"""Every setting, typed and described, read once from the environment and `.env`."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal, cast
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bot.domain.catalog import CATALOG, DOLLAR, MicroDollars, Model
from bot.domain.hosts import AllowedHosts, is_loopback
from bot.domain.roles import Role, Shards

DEFAULT_HTTP_PORT = 8080

Hosts = Annotated[AllowedHosts, NoDecode]
Slugs = Annotated[tuple[str, ...], NoDecode]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode]
OwnShards = Annotated[Shards | None, NoDecode]


def _allowed(listed: str) -> AllowedHosts:
    return AllowedHosts.parse(listed)


class Settings(BaseSettings):
    """The deployment's settings. Secrets are `SecretStr`: no repr, log or error shows them."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True)

    discord_token: SecretStr = Field(
        default=SecretStr(""), description="The bot's token: Discord's developer portal, your application, Bot."
    )
    discord_api_url: str = Field(
        default="https://discord.com/api/v10", description="Discord's API. Another address serves tests."
    )
    discord_cdn_hosts: Hosts = Field(
        default=_allowed("cdn.discordapp.com,media.discordapp.net,images-ext-*.discordapp.net"),
        description="Hosts that members' pictures may be read from, comma-separated; * stands for any part of a name.",
    )
    replicate_api_token: SecretStr = Field(
        default=SecretStr(""), description="The token that runs are billed to: replicate.com, account, API tokens."
    )
    replicate_api_url: str = Field(
        default="https://api.replicate.com/v1", description="Replicate's API. Another address serves tests."
    )
    replicate_model: str = Field(
        default="openai/gpt-image-2",
        description="The model unless a member chooses another, as Replicate names it; one of Easel's catalogue.",
    )
    replicate_delivery_hosts: Hosts = Field(
        default=_allowed("replicate.delivery,*.replicate.delivery"),
        description="Hosts that finished pictures may be fetched from, comma-separated.",
    )
    replicate_lookup_grace_s: float = Field(
        default=30,
        ge=1,
        description="Seconds that a run is looked for whose create got no answer, before it is sent again.",
    )
    replicate_cancel_after_s: int = Field(
        default=600, ge=5, description="Seconds after which Replicate cancels a run that has not ended."
    )
    openai_api_key: SecretStr | None = Field(
        default=None, description="Your own OpenAI key, where OpenAI shall bill the pictures instead of Replicate."
    )
    openai_moderation_key: SecretStr | None = Field(
        default=None,
        description="An OpenAI key for judging prompts and attached pictures, which costs nothing. "
        "Default: OPENAI_API_KEY.",
    )
    openai_api_url: str = Field(
        default="https://api.openai.com/v1",
        description="OpenAI's API, which judges prompts and is asked about servers' own keys. "
        "Another address serves tests.",
    )
    database_url: str = Field(
        default="",
        repr=False,
        description="The database: sqlite:///… or postgresql://…. Default: a SQLite file, easel.db, in EASEL_DATA_DIR.",
    )
    easel_role: Role = Field(
        default=Role.ALL,
        description="What this process does, where several share one PostgreSQL: gateway hears and answers members, "
        "worker runs their jobs, all does both.",
    )
    easel_shards: OwnShards = Field(
        default=None,
        description="The shards of Discord's gateway that this process connects: 0-3/16 are the first four of 16. "
        "Default: all that Discord recommends.",
    )
    easel_data_dir: Path = Field(
        default=Path("data"),
        description="Where the database, kept pictures and the secret key are, unless set elsewhere.",
    )
    easel_secret_key: SecretStr | None = Field(
        default=None,
        description="Encrypts what is kept: 32 bytes, URL-safe base64. Default: EASEL_DATA_DIR/secret.key, made once.",
    )
    easel_retired_secret_keys: SecretStr | None = Field(
        default=None,
        description="Keys that decrypt what was kept before EASEL_SECRET_KEY was changed to another, comma-separated.",
    )
    easel_models: Slugs = Field(
        default=(),
        description="Models that members may choose beside REPLICATE_MODEL, comma-separated. None: there is no choice.",
    )
    easel_direct_messages: bool = Field(
        default=True, description="Take requests in direct messages with the bot, under the same ceilings."
    )
    easel_user_install: bool = Field(
        default=False,
        description="Let everybody on Discord add Easel to their own account, and use it where the bot is no member.",
    )
    easel_member_daily_pictures: int = Field(
        default=20,
        ge=0,
        description="Pictures that one member may have made in a day, where a server has set nothing else.",
    )
    easel_daily_spend_usd: float = Field(
        default=10, ge=0, description="US dollars that all members together may spend in a day (UTC)."
    )
    easel_monthly_spend_usd: float | None = Field(
        default=None, ge=0, description="The same for a calendar month (UTC). Default: no ceiling."
    )
    easel_guild_daily_spend_usd: float | None = Field(
        default=None,
        ge=0,
        description="US dollars that one server may spend in a day of its time zone, unless on a key of its own. "
        "Default: what EASEL_DAILY_SPEND_USD leaves.",
    )
    easel_max_in_flight: int = Field(
        default=50,
        ge=1,
        description="Runs at Replicate at once, of all processes together. What is more waits its turn.",
    )
    easel_max_in_flight_per_guild: int = Field(
        default=10, ge=1, description="Of these, the runs of one Discord server."
    )
    easel_max_in_flight_per_member: int = Field(default=2, ge=1, description="Of these, the runs of one member.")
    easel_delivery_memory_mb: int = Field(
        default=100,
        ge=1,
        description="Megabytes of pictures that a process holds at once on their way to Discord. What is more waits; a "
        "result larger than that goes alone.",
    )
    replicate_creates_per_minute: float = Field(
        default=600,
        ge=1,
        description="Runs started in a minute on one account. Where Replicate allows less, Easel learns it by itself.",
    )
    easel_allow_low_moderation: bool = Field(
        default=False,
        description="Offer members the option moderation:low. The model's own safety system is laxer then.",
    )
    easel_output_compression: int = Field(
        default=90,
        ge=0,
        le=100,
        description="How little webp and jpeg pictures are compressed: 100 is the largest file.",
    )
    easel_log_channel_id: int | None = Field(
        default=None,
        description="The id of the Discord channel where members' reports go. Default: the program's log only.",
    )
    easel_operator_channel_id: int | None = Field(
        default=None,
        description="The id of the Discord channel where you are told what needs you. Default: the program's log only.",
    )
    easel_input_retention_days: float = Field(
        default=7,
        ge=0.05,
        description="Days that members' attached pictures, and undelivered results, are kept, encrypted.",
    )
    easel_retention_days: int = Field(
        default=365,
        ge=1,
        description="Days that prompts and other words of requests are kept, encrypted. A server may choose fewer.",
    )
    easel_guild_grace_days: float = Field(
        default=30,
        ge=0,
        description="Days after the bot has left a server until what is kept of the server is erased.",
    )
    easel_privacy_contact: str | None = Field(
        default=None, max_length=200, description="Whom members may ask about their data, as /privacy shows it."
    )
    easel_privacy_url: str | None = Field(
        default=None, description="Where your privacy policy is published, as /privacy shows it."
    )
    easel_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="The least serious events that are logged."
    )
    easel_log_format: Literal["console", "json"] = Field(
        default="console", description="How events are logged: for people, or a JSON object a line."
    )
    easel_log_prompts: bool = Field(
        default=False, description="Put the prompt of each request into the log, as it is admitted. Members may mind."
    )
    public_url: str | None = Field(
        default=None,
        description="The https address at which Replicate reaches this program. Unset: Easel asks Replicate instead.",
    )
    http_host: str = Field(
        default="127.0.0.1",
        description="The address to listen at, where HTTP_PORT or PUBLIC_URL is set. 0.0.0.0, as a container needs it, "
        "is every one.",
    )
    http_port: int | None = Field(
        default=None, ge=0, le=65535,
        description="The port for webhooks and probes. Default: 8080 where PUBLIC_URL is set, else none is opened.",
    )  # fmt: skip

    http_trusted_proxies: Networks = Field(
        default=(),
        description="Addresses or networks of your reverse proxies, comma-separated: the clients are those that their "
        "X-Forwarded-For names.",
    )
    metrics_host: str = Field(
        default="127.0.0.1", description="The address at which metrics are served, where METRICS_PORT is set."
    )
    metrics_port: int | None = Field(
        default=None, ge=0, le=65535,
        description="The port at which Prometheus gets metrics, at /metrics. Default: none is opened.",
    )  # fmt: skip

    @field_validator("discord_cdn_hosts", "replicate_delivery_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return AllowedHosts.parse(value) if isinstance(value, str) else value

    @field_validator("easel_role")
    @classmethod
    def _shared(cls, value: Role, info: ValidationInfo) -> Role:
        if value is not Role.ALL and not _is_shared(str(info.data.get("database_url", ""))):
            raise ValueError(
                f"{value} needs a PostgreSQL (DATABASE_URL) that all processes share; SQLite serves one alone"
            )
        return value

    @field_validator("easel_shards", mode="before")
    @classmethod
    def _parsed(cls, value: object, info: ValidationInfo) -> object:
        if value is not None and info.data.get("easel_role") is Role.WORKER:
            raise ValueError("a worker connects no shards; leave them to the gateways")
        return Shards.parse(value) if isinstance(value, str) else value

    @field_validator("discord_api_url", "replicate_api_url", "openai_api_url", "public_url", "easel_privacy_url")
    @classmethod
    def _encrypted_or_local(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if not parts.hostname or parts.scheme not in ("http", "https"):
            raise ValueError("is no http(s) address")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError("must start with https:// (plain http is for the loopback only)")
        return value.rstrip("/")

    @field_validator("easel_models", "http_trusted_proxies", mode="before")
    @classmethod
    def _split_list(cls, value: object) -> object:
        return tuple(item for each in value.split(",") if (item := each.strip())) if isinstance(value, str) else value

    @field_validator("replicate_model", "easel_models")
    @classmethod
    def _in_catalogue(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for slug in (value,) if isinstance(value, str) else value:
            if slug not in CATALOG:
                named = "" if isinstance(value, str) else f"{slug!r} "
                raise ValueError(f"{named}is not in the catalogue; choose one of {', '.join(CATALOG)}")
        return value

    @model_validator(mode="after")
    def _derive(self) -> "Settings":
        if not self.database_url:
            self.database_url = f"sqlite+aiosqlite:///{self.easel_data_dir / 'easel.db'}"
        if self.http_port is None and self.public_url:
            self.http_port = DEFAULT_HTTP_PORT
        return self

    @property
    def models(self) -> tuple[Model, ...]:
        """The models that members may choose from, the one that they get unless they do first."""
        return tuple(CATALOG[slug] for slug in dict.fromkeys((self.replicate_model, *self.easel_models)))

    @property
    def retired_keys(self) -> tuple[str, ...]:
        listed = self.easel_retired_secret_keys
        return tuple(key for each in listed.get_secret_value().split(",") if (key := each.strip())) if listed else ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that may be seen nowhere."""
        values = [getattr(self, name) for name in type(self).model_fields]
        password = urlsplit(self.database_url).password
        return (
            *(each.get_secret_value() for each in values if isinstance(each, SecretStr)),
            *([password, unquote(password)] if password else []),
        )

    @property
    def daily_spend(self) -> MicroDollars:
        return round(self.easel_daily_spend_usd * DOLLAR)

    @property
    def monthly_spend(self) -> MicroDollars | None:
        return _micro_dollars(self.easel_monthly_spend_usd)

    @property
    def guild_daily_spend(self) -> MicroDollars | None:
        return _micro_dollars(self.easel_guild_daily_spend_usd)


def _is_shared(database_url: str) -> bool:
    return bool(database_url) and not database_url.startswith("sqlite")


def _micro_dollars(dollars: float | None) -> MicroDollars | None:
    return None if dollars is None else round(dollars * DOLLAR)


class GivenSettings(Settings):
    """Settings from arguments alone, whatever the environment and `.env` say: for the demo and tests."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def example() -> str:
    """The text of `.env.example`: every setting with its description and default, all of them commented out."""
    lines = [
        "# Easel's settings. Copy this file to .env, and take the # away from what you set.",
        "# `easel run` needs the two tokens; everything else has a default that works.",
    ]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, SecretStr):
            default = default.get_secret_value()
        elif isinstance(default, AllowedHosts):
            default = ",".join(default.patterns)
        elif isinstance(default, tuple):
            default = ",".join(map(str, cast("tuple[object, ...]", default)))
        elif isinstance(default, bool):
            default = str(default).lower()
        lines += ["", f"# {field.description}", f"#{name.upper()}={'' if default is None else default}"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(".env.example").write_text(example(), encoding="utf-8")
