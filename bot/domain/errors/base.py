"""The outcomes that a person sees: what all of them are."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


class EaselError(Exception):
    """An outcome. `code` names it in storage and metrics, and never changes once released."""

    code: ClassVar[str] = ""
    _by_code: ClassVar[dict[str, type["EaselError"]]] = {}

    def __init_subclass__(cls, code: str = "") -> None:
        super().__init_subclass__()
        cls.code = code
        if code:
            EaselError._by_code[code] = cls

    def __str__(self) -> str:
        return repr(self)

    def to_record(self) -> dict[str, Any]:
        """The outcome as JSON values: its code and its fields. Only dataclasses with a code can be recorded."""
        return {"code": self.code, **asdict(self)}  # type: ignore[call-overload] # every class with a code is a dataclass

    @classmethod
    def codes(cls) -> list[str]:
        """Of all outcomes of this class."""
        return sorted(code for code, each in EaselError._by_code.items() if issubclass(each, cls))

    @staticmethod
    def from_record(record: dict[str, Any]) -> "EaselError":
        """The outcome that `to_record` recorded; `VendorFailure` for a code that this version doesn't know."""
        fields = {k: tuple(v) if isinstance(v, list) else v for k, v in record.items() if k != "code"}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] # JSON has no tuples
        known = EaselError._by_code.get(record["code"])
        return known(**fields) if known else VendorFailure(detail=str(record["code"]))


class RequestRefused(EaselError):
    """What was asked can't be done as asked; nothing was created and nothing is charged."""


class AdmissionRefused(EaselError):
    """A sound request that may not run now."""


class RunFailed(EaselError):
    """An admitted job that ended without pictures."""


@dataclass(unsafe_hash=True)
class VendorFailure(RunFailed, code="vendor_failure"):
    """Any other failure at Replicate."""

    detail: str  # its code such as E6716, or its words, shortened
