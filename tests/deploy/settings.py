"""What the program makes of an environment."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.settings import Settings


def settings_in(environment: Mapping[str, str], directory: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings with this environment and no other, in an empty directory."""
    with monkeypatch.context() as patched:
        patched.chdir(directory)
        for name in os.environ:
            patched.delenv(name)
        for name, value in environment.items():
            patched.setenv(name, value)
        return Settings()
