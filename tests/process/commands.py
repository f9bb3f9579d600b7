"""A member's command, and what can be told of it from outside."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.wire.discord_server import Interaction, Message
from tests.wire.world import Channel


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """An `/imagine` of a member of its own, with a prompt of its own."""

    prompt: str
    interaction: Interaction
    channel: Channel

    def __str__(self) -> str:
        return f"“{self.prompt}”"

    @property
    def member_id(self) -> int:
        return self.interaction.user.id

    @property
    def message(self) -> Message:
        """The one message of its channel that is there now."""
        (message,) = (each for each in self.channel.messages if not each.deleted)
        return message

    def messages(self, job_id: str) -> Sequence[Message]:
        """All that were ever posted for the job that was made of it."""
        mailbox = self.interaction.world.direct_messages(self.interaction.user)
        new = [
            each
            for place in (self.channel, mailbox)
            for each in place.messages
            if each.nonce in {job_id, f"dm-{job_id}"} and each not in self.interaction.messages
        ]
        return [*self.interaction.messages, *new]
