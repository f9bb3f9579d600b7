"""Discord's REST API, v10, and its CDN: as much of both as an interactions bot uses."""

from enum import StrEnum
from functools import partial

from aiohttp import web

from tests.wire import rules
from tests.wire.exchange import Exchange, Handler
from tests.wire.faults import RecordedRequest
from tests.wire.gateway import Gateway
from tests.wire.interactions import AUTOCOMPLETE, COMMAND, MODAL_SUBMIT, Interaction
from tests.wire.messages import Attachment, Message, number
from tests.wire.rules import JSON, ApiError, Refusal, invalid_form
from tests.wire.world import Channel, Guild, Permission, World

API = "/api/v10"


class Route(StrEnum):
    """The routes that are served, as templates: the names of Discord's OpenAPI file."""

    GATEWAY = "/gateway"
    GATEWAY_BOT = "/gateway/bot"
    ME = "/users/@me"
    OAUTH2_APPLICATION = "/oauth2/applications/@me"
    APPLICATION = "/applications/@me"
    COMMANDS = "/applications/{application_id}/commands"
    GUILD_COMMANDS = "/applications/{application_id}/guilds/{guild_id}/commands"
    MY_GUILDS = "/users/@me/guilds"
    GUILD = "/guilds/{guild_id}"
    GUILD_CHANNELS = "/guilds/{guild_id}/channels"
    GUILD_MEMBER = "/guilds/{guild_id}/members/{user_id}"
    CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
    WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
    ORIGINAL = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
    WEBHOOK_MESSAGE = "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"
    CHANNEL = "/channels/{channel_id}"
    MESSAGES = "/channels/{channel_id}/messages"
    MESSAGE = "/channels/{channel_id}/messages/{message_id}"
    DIRECT_MESSAGES = "/users/@me/channels"
    CDN = "/cdn/attachments/{channel_id}/{attachment_id}/{filename}"


WITHOUT_BOT_TOKEN = {Route.GATEWAY, Route.CALLBACK, Route.WEBHOOK, Route.ORIGINAL, Route.WEBHOOK_MESSAGE, Route.CDN}


class Rest:
    """What each route does."""

    def __init__(self, world: World, gateway: Gateway, token: str) -> None:
        self.world = world
        self.gateway = gateway
        self.exchange = Exchange(world, token)
        self.handlers: dict[tuple[str, Route], Handler] = {
            ("GET", Route.GATEWAY): lambda _: {"url": gateway.url},
            ("GET", Route.GATEWAY_BOT): lambda _: gateway.bot_payload(),
            ("GET", Route.ME): self._get_me,
            ("GET", Route.OAUTH2_APPLICATION): self._get_application,
            ("GET", Route.APPLICATION): self._get_application,
            ("GET", Route.COMMANDS): self._get_commands,
            ("PUT", Route.COMMANDS): self._put_commands,
            ("GET", Route.GUILD_COMMANDS): self._get_commands,
            ("PUT", Route.GUILD_COMMANDS): self._put_commands,
            ("GET", Route.MY_GUILDS): self._get_my_guilds,
            ("GET", Route.GUILD): lambda call: self._guild(call).rest_payload(),
            ("GET", Route.GUILD_CHANNELS): lambda call: [each.payload() for each in self._guild(call).channels],
            ("GET", Route.GUILD_MEMBER): self._get_member,
            ("POST", Route.CALLBACK): self._post_callback,
            ("POST", Route.WEBHOOK): self._post_followup,
            ("GET", Route.ORIGINAL): self._get_webhook_message,
            ("PATCH", Route.ORIGINAL): self._patch_webhook_message,
            ("DELETE", Route.ORIGINAL): self._delete_webhook_message,
            ("GET", Route.WEBHOOK_MESSAGE): self._get_webhook_message,
            ("PATCH", Route.WEBHOOK_MESSAGE): self._patch_webhook_message,
            ("DELETE", Route.WEBHOOK_MESSAGE): self._delete_webhook_message,
            ("GET", Route.CHANNEL): lambda call: self._channel(call).payload(),
            ("PATCH", Route.CHANNEL): self._patch_channel,
            ("POST", Route.MESSAGES): self._post_message,
            ("GET", Route.MESSAGE): lambda call: self._message(call).payload(),
            ("PATCH", Route.MESSAGE): self._patch_message,
            ("DELETE", Route.MESSAGE): self._delete_message,
            ("POST", Route.DIRECT_MESSAGES): self._post_direct_messages,
            ("GET", Route.CDN): self._get_attachment,
        }

    def mount(self, app: web.Application) -> None:
        for (method, route), handler in self.handlers.items():
            prefix = "" if route is Route.CDN else API
            serve = partial(self.exchange.serve, route, handler, needs_token=route not in WITHOUT_BOT_TOKEN)
            app.router.add_route(method, prefix + route, serve)
        app.router.add_route("*", "/{path:.*}", partial(self.exchange.serve, None, _unknown_route, needs_token=False))

    # ----------------------------------------------------------------------------------------- the application

    def _get_me(self, call: RecordedRequest) -> JSON:
        return self.world.bot.payload() | {"mfa_enabled": False, "locale": "en-US", "verified": True, "email": None}

    def _get_application(self, call: RecordedRequest) -> JSON:
        return {
            "id": str(self.world.application_id),
            "name": self.world.bot.name,
            "description": "",
            "icon": None,
            "type": None,
            "bot": self.world.bot.payload(),
            "bot_public": True,
            "bot_require_code_grant": False,
            "owner": self.world.owner.payload(),
            "verify_key": "0" * 64,
            "flags": 0,
            "flags_new": "0",
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "approximate_guild_count": len(self.world.guilds),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "team": None,
            "eligible_oauth2_scopes": ["applications.commands", "bot"],
        } | self.world.application

    def _scope(self, call: RecordedRequest) -> int | None:
        """The guild whose commands are meant, None for the global ones."""
        if call.params["application_id"] != str(self.world.application_id):
            raise ApiError(Refusal.MISSING_ACCESS)
        if "guild_id" not in call.params:
            return None
        guild = self.world.guilds.get(int(call.params["guild_id"]))
        if guild is None or not guild.installed:
            raise ApiError(Refusal.MISSING_ACCESS)
        return guild.id

    def _get_commands(self, call: RecordedRequest) -> list[JSON]:
        return self.world.commands.get(self._scope(call), [])

    def _put_commands(self, call: RecordedRequest) -> list[JSON]:
        scope = self._scope(call)
        commands: list[JSON] = rules.without_nulls(call.payload)
        rules.check_commands(commands)
        known = {(each["name"], each["type"]): each["id"] for each in self.world.commands.get(scope, [])}
        self.world.commands[scope] = [self._command(body, scope, known) for body in commands]
        return self.world.commands[scope]

    def _command(self, body: JSON, scope: int | None, known: dict[tuple[str, int], str]) -> JSON:
        kind: int = body.get("type", 1)
        permissions = body.get("default_member_permissions")
        command: JSON = {"description": "", "contexts": None, "integration_types": [0], "nsfw": False} | body
        command["id"] = known.get((body["name"], kind)) or str(self.world.snowflake())
        command["application_id"] = str(self.world.application_id)
        command["version"] = str(self.world.snowflake())
        command["type"] = kind
        command["default_member_permissions"] = None if permissions is None else str(permissions)
        return command if scope is None else command | {"guild_id": str(scope)}

    def _get_my_guilds(self, call: RecordedRequest) -> list[JSON]:
        mine = sorted((each for each in self.world.guilds.values() if each.installed), key=lambda each: each.id)
        after, limit = int(call.query.get("after", "0")), int(call.query.get("limit", "200"))
        return [each.listing() for each in mine if each.id > after][:limit]

    def _guild(self, call: RecordedRequest) -> Guild:
        """The guild, where the bot is one of its members."""
        guild = self.world.guilds.get(int(call.params["guild_id"]))
        if guild is None or not guild.installed:
            raise ApiError(Refusal.MISSING_ACCESS if guild else Refusal.UNKNOWN_GUILD)
        return guild

    def _get_member(self, call: RecordedRequest) -> JSON:
        guild = self._guild(call)
        member = next(
            (each for each in (*guild.members, guild.me) if str(each.user.id) == call.params["user_id"]), None
        )
        if member is None:
            raise ApiError(Refusal.UNKNOWN_MEMBER)
        # What a member may do in a channel comes with interactions alone.
        return {"banner": None} | {name: each for name, each in member.payload().items() if name != "permissions"}

    # --------------------------------------------------------------------------------------------- interactions

    def _post_callback(self, call: RecordedRequest) -> JSON | None:
        interaction = self.world.interactions.get(call.params["interaction_token"])
        if interaction is None or call.params["interaction_id"] != str(interaction.id):
            raise ApiError(Refusal.UNKNOWN_INTERACTION)
        interaction.check_unanswered()
        kind: int = call.payload["type"]
        self._respond_to(interaction, kind, call.payload.get("data") or {}, call)
        interaction.acknowledge(kind, call.at)
        if call.query.get("with_response") not in {"1", "true"}:
            return None
        response: JSON = {"id": str(interaction.id), "type": interaction.kind}
        answer: JSON = {"interaction": response}
        message = interaction.original
        if message is not None:
            response["response_message_id"] = str(message.id)
            response["response_message_loading"] = message.loading
            response["response_message_ephemeral"] = message.ephemeral
            if kind in {4, 7}:
                answer["resource"] = {"type": kind, "message": message.payload()}
        return answer

    def _respond_to(self, interaction: Interaction, kind: int, data: JSON, call: RecordedRequest) -> None:
        """Do what the first response says, which the types of interaction allow or not."""
        source = interaction.source
        match kind:
            case 8 if interaction.kind == AUTOCOMPLETE:
                interaction.choices = data["choices"]
            case _ if interaction.kind == AUTOCOMPLETE:
                raise invalid_form("type", "BASE_TYPE_CHOICES", "An autocomplete takes choices alone.")
            case 4:
                message_type = 20 if interaction.kind == COMMAND else 0
                interaction.original = self.world.post(
                    interaction.channel, data, call.files, interaction=interaction, kind=message_type
                )
            case 5:
                ephemeral = bool(data.get("flags", 0) & rules.EPHEMERAL)
                interaction.original = self.world.think(interaction.channel, interaction, ephemeral=ephemeral)
            case 6 | 7 if source is not None:
                if kind == 7:
                    self.world.edit(source, data, call.files, interaction=interaction)
                interaction.original = source
                interaction.follow(source)
            case 9 if interaction.kind != MODAL_SUBMIT:
                modal: JSON = rules.without_nulls(data)
                rules.check_modal(modal)
                number(modal["components"])
                interaction.modal = modal
            case _:
                raise invalid_form("type", "BASE_TYPE_CHOICES", f"Interactions of this type take no response {kind}.")

    def _interaction(self, call: RecordedRequest) -> Interaction:
        if call.params["webhook_id"] != str(self.world.application_id):
            raise ApiError(Refusal.UNKNOWN_WEBHOOK)
        interaction = self.world.interactions.get(call.params["webhook_token"])
        if interaction is None:
            raise ApiError(Refusal.INVALID_TOKEN)
        interaction.check_token()
        if interaction.channel.id not in self.world.channels:
            raise ApiError(Refusal.UNKNOWN_CHANNEL)
        return interaction

    def _webhook_message(self, call: RecordedRequest) -> Message:
        return self._message_of(self._interaction(call), call)

    @staticmethod
    def _message_of(interaction: Interaction, call: RecordedRequest) -> Message:
        wanted = call.params.get("message_id")
        if wanted is None:
            message = interaction.original
        else:
            message = next((each for each in interaction.messages if str(each.id) == wanted), None)
        if message is None or message.deleted:
            raise ApiError(Refusal.UNKNOWN_MESSAGE)
        return message

    def _post_followup(self, call: RecordedRequest) -> JSON:
        interaction = self._interaction(call)
        original = interaction.original
        if original is not None and original.loading and not original.deleted:
            return self.world.edit(original, call.payload, call.files, interaction=interaction).payload()
        return self.world.post(interaction.channel, call.payload, call.files, interaction=interaction).payload()

    def _get_webhook_message(self, call: RecordedRequest) -> JSON:
        return self._webhook_message(call).payload()

    def _patch_webhook_message(self, call: RecordedRequest) -> JSON:
        interaction = self._interaction(call)
        message = self._message_of(interaction, call)
        return self.world.edit(message, call.payload, call.files, interaction=interaction).payload()

    def _delete_webhook_message(self, call: RecordedRequest) -> None:
        self.world.remove(self._webhook_message(call))

    # ------------------------------------------------------------------------------------------------- channels

    def _channel(self, call: RecordedRequest) -> Channel:
        """The channel, where the bot may look into it."""
        channel = self.world.channels.get(int(call.params["channel_id"]))
        if channel is None:
            raise ApiError(Refusal.UNKNOWN_CHANNEL)
        visible = Permission.VIEW_CHANNEL in channel.app_permissions
        if channel.group or (channel.guild is not None and not (channel.guild.installed and visible)):
            raise ApiError(Refusal.MISSING_ACCESS)
        return channel

    def _message(self, call: RecordedRequest) -> Message:
        return self.world.message(self._channel(call), int(call.params["message_id"]))

    def _check_may_write(self, channel: Channel, call: RecordedRequest) -> None:
        recipient = channel.recipient
        if recipient is not None and not recipient.accepts_direct_messages:
            raise ApiError(Refusal.CLOSED_DIRECT_MESSAGES)
        if recipient is not None and not self.world.reaches(recipient):
            raise ApiError(Refusal.NO_MUTUAL_GUILDS)
        needed = channel.needed_to_write | (Permission.ATTACH_FILES if call.files else Permission(0))
        if channel.guild is not None and needed not in channel.app_permissions:
            raise ApiError(Refusal.MISSING_PERMISSIONS)

    def _patch_channel(self, call: RecordedRequest) -> JSON:
        """Archive a thread, or open it again."""
        thread = self._channel(call)
        if thread.parent is None or call.payload.keys() != {"archived"}:
            raise invalid_form("archived", "BASE_TYPE_CHOICES", "This is all that the stand-in changes of a channel.")
        self._check_may_write(thread, call)
        if thread.locked and Permission.MANAGE_THREADS not in thread.app_permissions:
            raise ApiError(Refusal.MISSING_PERMISSIONS)
        thread.archived = call.payload["archived"]
        return thread.payload()

    def _post_message(self, call: RecordedRequest) -> JSON:
        channel = self._channel(call)
        self._check_may_write(channel, call)
        return self.world.post(channel, call.payload, call.files).payload()

    def _patch_message(self, call: RecordedRequest) -> JSON:
        return self.world.edit(self._message(call), call.payload, call.files).payload()

    def _delete_message(self, call: RecordedRequest) -> None:
        self.world.remove(self._message(call))

    def _post_direct_messages(self, call: RecordedRequest) -> JSON:
        user = self.world.users.get(int(call.payload.get("recipient_id") or 0))
        if user is None or user.bot:
            raise ApiError(Refusal.INVALID_RECIPIENT)
        return self.world.direct_messages(user).payload()

    def _get_attachment(self, call: RecordedRequest) -> Attachment:
        attachment = self.world.attachments.get(int(call.params["attachment_id"]))
        if attachment is None or call.query.get("hm") != f"{attachment.id:x}":
            raise ApiError(Refusal.NOT_FOUND)
        if int(call.query.get("ex", "0"), 16) < self.world.clock.now().timestamp():
            raise ApiError(Refusal.NOT_FOUND)
        return attachment


def _unknown_route(call: RecordedRequest) -> None:
    raise ApiError(Refusal.NOT_FOUND)
