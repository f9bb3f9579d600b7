"""The command line against stand-ins that many tests share: no test changes the settings of another."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest
import pytest_asyncio

from tests.process.deployment import Deployment, open_deployment
from tests.process.program import Ended, execute

Command: TypeAlias = Callable[..., Awaitable[Ended]]


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Deployment]:
    """The stand-ins, and settings that are right."""
    async with open_deployment(tmp_path_factory.mktemp("deployment"), webhooks=False, new=True) as deployment:
        yield deployment


@pytest.fixture
def easel(deployment: Deployment, tmp_path: Path) -> Command:
    """Runs a command of `easel` to its end, with a data directory of the test's own and settings that it may override;
    whatever comes of it, it is told in sentences, and without secrets."""

    async def run(*arguments: str, **settings: str) -> Ended:
        given = deployment.settings | {"EASEL_DATA_DIR": str(tmp_path / "data")} | settings
        ended = await execute(*arguments, directory=tmp_path, settings=given)
        assert "Traceback" not in ended.stderr
        deployment.check_output(ended.stdout + ended.stderr)
        return ended

    return run
