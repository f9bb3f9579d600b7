"""Discord's JSON error codes that something depends on (reference: opcodes and status codes)."""

from enum import IntEnum


class ErrorCode(IntEnum):
    UNKNOWN_MESSAGE = 10008
    TOO_MANY_OLD_EDITS = 30046
    """A message older than an hour was edited too often. It comes with status 429, but no short wait helps."""
    ALREADY_ACKNOWLEDGED = 40060
    """The interaction was answered, by this session or by another one of the shard."""
    THREAD_ARCHIVED = 50083
    """A message of an archived thread was to be edited. One that is sent there opens it again by itself."""
    TOO_LARGE = 40005
    """The request, or one of its files."""
