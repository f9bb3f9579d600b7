"""The verifier, for all tests of it."""

from collections.abc import Iterator

import pytest

from bot.images.verify import PictureVerifier


@pytest.fixture
def verifier() -> Iterator[PictureVerifier]:
    verifier = PictureVerifier()
    yield verifier
    verifier.close()
