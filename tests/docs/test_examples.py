"""Every example in the documents works as it stands."""

import shutil
from collections.abc import AsyncGenerator, Sequence
from itertools import groupby
from pathlib import Path

import pytest
import pytest_asyncio

from tests.docs.documents import name
from tests.docs.examples import Checkout, Example, examples
from tests.process.deployment import Deployment, open_deployment
from tests.process.program import execute

SHELL = [each for each in examples() if each.language == "sh"]
READ = {
    "mermaid": "a diagram, which the repository's host draws",
    "ini": "settings: tests/deploy/ gives them to the program",
    "yaml": "held to the Compose specification in tests/deploy/",
    "": "what is opened or seen, and not run; the invitation is held by test_readme.py",
}
"""Languages of blocks that no test here runs, and why."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Deployment]:
    """Both vendors, for commands that call them."""
    async with open_deployment(tmp_path_factory.mktemp("deployment"), webhooks=False, new=True) as deployment:
        yield deployment


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def data(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a deployment, to be copied."""
    directory = tmp_path_factory.mktemp("migrated")
    settings = deployment.settings | {"EASEL_DATA_DIR": str(directory / "data")}
    assert (await execute("migrate", directory=directory, settings=settings)).code == 0
    return directory / "data"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "blocks",
    [list(each) for _, each in groupby(SHELL, lambda each: each.document)],
    ids=lambda each: name(each[0].document),
)
async def test_shell(blocks: Sequence[Example], deployment: Deployment, data: Path, tmp_path: Path) -> None:
    """Those of a document one after another, as a reader would."""
    checkout = Checkout(tmp_path / "easel")
    shutil.copytree(data, checkout.directory / "data")
    settings = deployment.settings | {"EASEL_DATA_DIR": str(checkout.directory / "data")}
    for block in blocks:
        code, said = await checkout.run(block.text, settings)
        assert code == 0, f"{block}\n{said}"
        deployment.check_output(said)


def test_no_block_is_of_a_kind_that_nothing_runs() -> None:
    assert {each.language for each in examples()} <= {"sh", *READ}
