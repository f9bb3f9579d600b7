"""The commands that Discord knows, beside those that a deployment has."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from bot.chat.client import EaselClient, reasons_told
from bot.domain.catalog import Model
from bot.service.admission import OperatorTerms
from bot.service.ports import Clock

if TYPE_CHECKING:
    from bot.chat.studio import Studio


@dataclass(frozen=True, slots=True)
class Offer:
    """What of a `Studio` the commands are made from."""

    models: tuple[Model, ...]
    operator: OperatorTerms
    clock: Clock
    allow_low_moderation: bool
    direct_messages: bool
    user_install: bool


def offered(offer: Offer) -> frozenset[str]:
    """The commands of such a deployment, taken apart as `outline` does."""
    client = EaselClient()
    # A studio's services are used by commands that run; none does here.
    client.open_studio(cast("Studio", offer))
    return outline([each.to_dict(client.tree) for each in client.tree.get_commands()])


async def registered(client: EaselClient) -> frozenset[str]:
    """The commands that Discord knows, taken apart as `outline` does.

    Raises `CannotConnect` of `bot.chat.client`."""
    with reasons_told():
        known = await client.http.get_global_commands(client.application_id or 0)
    return outline(cast("Sequence[Mapping[str, Any]]", known))


def outline(commands: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Commands, options and choices, each by its path, and where a command can be used: what two trees differ in if
    one is out of date. Descriptions, and what Discord adds, are not in it."""
    return frozenset(each for command in commands for each in _outline(command))


def _outline(command: Mapping[str, Any]) -> Iterator[str]:
    path = f"/{command['name']}" if command.get("type", 1) == 1 else command["name"]
    yield path
    for place in ("contexts", "integration_types"):
        for each in command.get(place) or ():
            yield f"{path} {place}={int(each)}"
    yield from _options(path, command)


def _options(path: str, holder: Mapping[str, Any]) -> Iterator[str]:
    for option in holder.get("options") or ():
        below = f"{path} {option['name']}"
        yield below
        yield from (f"{below}={choice['value']}" for choice in option.get("choices") or ())
        yield from _options(below, option)
