"""The trail of a guild as CSV. docs/moderation.md describes the columns."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bot.domain.trail import TrailEntry
from bot.service.csv_table import Column, csv_moment


def _values(values: Mapping[str, Any] | None) -> str | None:
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else None


def _person(person_id: int | None) -> str | int | None:
    return "erased" if person_id == 0 else person_id


COLUMNS: Mapping[str, Column[TrailEntry]] = MappingProxyType(
    {
        "id": lambda entry: entry.id,
        "at": lambda entry: csv_moment(entry.at),
        "action": lambda entry: entry.action.value,
        "actor": lambda entry: "easel" if entry.actor_id is None else _person(entry.actor_id),
        "subject": lambda entry: _person(entry.subject_id),
        "job": lambda entry: entry.job_id,
        "reason": lambda entry: entry.reason,
        "before": lambda entry: _values(entry.before),
        "after": lambda entry: _values(entry.after),
    }
)
"""What each column says of an entry."""
