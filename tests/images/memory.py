"""A bound on memory."""

import tracemalloc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def memory_below(most: int) -> Generator[None]:
    """What Python allocates meanwhile stays below so many bytes."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()
