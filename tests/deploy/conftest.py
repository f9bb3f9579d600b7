"""The wheel, once for all tests of a process."""

from pathlib import Path

import pytest

from tests.deploy.wheels import build


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))
