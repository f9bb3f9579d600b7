"""What a member fills a modal in with, and how it is submitted."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from tests.wire import rules
from tests.wire.interactions import Impossible, Interaction, attach, chosen
from tests.wire.rules import JSON
from tests.wire.world import Channel, World


@dataclass(frozen=True, slots=True)
class _Submission:
    world: World
    channel: Channel
    values: Mapping[str, Any]
    attachments: JSON

    def fill_in(self, component: JSON) -> JSON:
        match component["type"]:
            case rules.LABEL:
                return {"type": rules.LABEL, "id": component["id"], "component": self.fill_in(component["component"])}
            case rules.ACTION_ROW:
                inner = [self.fill_in(each) for each in component["components"]]
                return {"type": rules.ACTION_ROW, "id": component["id"], "components": inner}
            case rules.TEXT_DISPLAY:
                return {"type": rules.TEXT_DISPLAY, "id": component["id"]}
            case kind:
                filled: JSON = {"type": kind, "id": component["id"], "custom_id": component["custom_id"]}
                return filled | self._value(component)

    def _value(self, component: JSON) -> JSON:
        kind, custom_id = component["type"], component["custom_id"]
        value = self.values.get(custom_id)
        if value is None and component.get("required", kind not in {rules.CHECKBOX, rules.CHECKBOX_GROUP}):
            raise Impossible(f"{custom_id} is required")
        match kind:
            case rules.TEXT_INPUT:
                text = value or ""
                if len(text) > component.get("max_length", 4000) or (
                    text and len(text) < component.get("min_length", 0)
                ):
                    raise Impossible(f"{custom_id}: {len(text)} characters")
                return {"value": text}
            case rules.FILE_UPLOAD:
                ids: list[str] = []
                for file in value or []:
                    attachment_id, payload = attach(self.world, self.channel, file, {})
                    self.attachments.update(payload)
                    ids.append(attachment_id)
                if not component.get("min_values", 1) <= len(ids) <= component.get("max_values", 1) and (
                    ids or component.get("required", True)
                ):
                    raise Impossible(f"{custom_id}: {len(ids)} files")
                return {"values": ids}
            case rules.RADIO_GROUP:
                return {"value": chosen(component, [value])[0] if value is not None else None}
            case rules.CHECKBOX:
                return {"value": bool(value)}
            case _:
                return {"values": chosen(component, value or [])}


def modal_data(interaction: Interaction, values: Mapping[str, Any]) -> JSON:
    """The data of a submitted modal: `values` by `custom_id` (a text, a list of values, of `File`s, a flag)."""
    if interaction.modal is None:
        raise Impossible(f"{interaction} opened no modal")
    fields = {each["custom_id"] for each in rules.walk(interaction.modal["components"]) if "custom_id" in each}
    if values.keys() - fields:
        raise Impossible(f"the modal has no field {', '.join(values.keys() - fields)}; it has {sorted(fields)}")
    submission = _Submission(interaction.world, interaction.channel, values, {})
    components = [submission.fill_in(each) for each in deepcopy(interaction.modal["components"])]
    data: JSON = {"custom_id": interaction.modal["custom_id"], "components": components}
    return data | ({"resolved": {"attachments": submission.attachments}} if submission.attachments else {})
