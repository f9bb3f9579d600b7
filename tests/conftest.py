"""What holds for all tests."""

from typing import Any

import pytest
import structlog


@pytest.fixture(scope="session", autouse=True)
def _no_cached_loggers() -> None:
    """A logger that is kept from its first use on hides what it says from every later test that captures it, where the
    first was one that runs a command of `easel` within the test's own process."""
    configure: Any = structlog.configure

    def without_cache(**options: Any) -> None:
        configure(**options | {"cache_logger_on_first_use": False})

    structlog.configure = without_cache
