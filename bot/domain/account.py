"""What a job runs on: an account at Replicate and, where there is one, a key of OpenAI's."""

from dataclasses import dataclass
from enum import StrEnum

OPERATOR = "operator"
"""The name of the operator's account."""


class Vendor(StrEnum):
    """Whom a token or key is for."""

    REPLICATE = "replicate"
    OPENAI = "openai"


class Billing(StrEnum):
    """How a run is charged."""

    PICTURE = "picture"  # by Replicate, a price for each picture
    TOKEN = "token"  # noqa: S105 # by OpenAI, to the owner of the key that came along


@dataclass(frozen=True, slots=True)
class Account:
    """The operator's, or one that a guild has brought. `name` was never another's: a guild's next key is another
    account, so that what runs on the old one is still looked up there."""

    name: str = OPERATOR
    billing: Billing = Billing.PICTURE

    @property
    def is_operators(self) -> bool:
        return self.name == OPERATOR
