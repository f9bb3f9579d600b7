"""Modals without state: all that a submitted one needs is in its `custom_id` and in the message it was opened from.

discord.py keeps every modal that it sends in memory, waiting for its submit, which a restart or another process would
never see. Here it keeps none: a submit is read from the interaction as it comes.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from discord import ui

from bot.chat.replies import answer_failure, whisper
from bot.chat.studio import Interaction
from bot.chat.words.forms import form_not_known
from bot.domain.request import Attachment

LONGEST_TEXT = 4000
"""Characters that a text input holds."""

MOST_FILES = 10
"""Files that one part takes."""

_CUSTOM_ID = re.compile(r"easel:(?P<form>[a-z-]+)(:(?P<subject>.*))?")


@dataclass(frozen=True, slots=True)
class Filled:
    """What a member filled a modal in with: by the `custom_id` of each part the values that it got, none where it was
    left empty; of a file upload the ids of the `files`."""

    values: Mapping[str, tuple[str, ...]]
    files: Mapping[str, Attachment]

    def all(self, part: str) -> tuple[str, ...]:
        return self.values.get(part, ())

    def one(self, part: str) -> str | None:
        return next(iter(self.all(part)), None)

    def uploads(self, part: str) -> tuple[Attachment, ...]:
        return tuple(self.files[each] for each in self.all(part))


Submit: TypeAlias = Callable[[Interaction, str, Filled], Awaitable[None]]
"""What follows the submit of a form, which is about the subject that its `custom_id` names ("" for none)."""


async def show_modal(
    interaction: Interaction, form: str, title: str, *parts: ui.Label[Any] | ui.TextDisplay[Any], subject: str = ""
) -> None:
    """Answer with a modal of at most five parts, whose submit goes to the form of that name."""
    modal = ui.Modal(title=title, custom_id=f"easel:{form}:{subject}" if subject else f"easel:{form}")
    for part in parts:
        modal.add_item(part)
    modal.stop()  # one that has stopped isn't kept
    await interaction.response.send_modal(modal)


async def submitted(interaction: Interaction, forms: Mapping[str, Submit]) -> None:
    """Hand a submitted modal to its form; one that no form knows, an older version's perhaps, gets a sentence."""
    data = cast("Mapping[str, Any]", interaction.data or {})
    known = _CUSTOM_ID.fullmatch(str(data.get("custom_id", "")))
    submit = forms.get(known["form"]) if known else None
    try:
        if known is None or submit is None:
            await whisper(interaction, form_not_known())
        else:
            await submit(interaction, known["subject"] or "", filled(data))
    except Exception as error:  # noqa: BLE001 # nobody else would answer
        await answer_failure(interaction, error, what=f"the form {known['form'] if known else '?'}")


def filled(data: Mapping[str, Any]) -> Filled:
    """The `data` of a modal submit, in the form that Discord's reference on interactions gives it."""
    values = {str(each["custom_id"]): _values(each) for each in _leaves(data.get("components", ()))}
    resolved = cast("Mapping[str, Mapping[str, Any]]", data.get("resolved", {}).get("attachments", {}))
    return Filled(values, {key: _attachment(each) for key, each in resolved.items()})


def _leaves(components: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The parts that can be filled in: each in a label, or, as in older modals, in an action row."""
    for component in components:
        if "component" in component:
            yield from _leaves([component["component"]])
        elif "components" in component:
            yield from _leaves(component["components"])
        elif "custom_id" in component:
            yield component


def _values(part: Mapping[str, Any]) -> tuple[str, ...]:
    if "values" in part:
        return tuple(str(each) for each in part["values"])
    value = part.get("value")
    return () if value is None or value == "" else (str(value),)


def _attachment(declared: Mapping[str, Any]) -> Attachment:
    return Attachment(
        id=int(declared["id"]),
        filename=str(declared["filename"]),
        url=str(declared["url"]),
        size=int(declared["size"]),
        media_type=declared.get("content_type"),
    )
