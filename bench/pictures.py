"""Pictures of a wished size."""

import math
import random
from io import BytesIO

from PIL import Image


def picture(size: int) -> bytes:
    """A PNG of about so many bytes: noise, which can't be compressed."""
    side = max(1, math.isqrt(size // 3))
    output = BytesIO()
    noise = random.Random(size).randbytes(side * side * 3)  # noqa: S311 # the same each time
    Image.frombytes("RGB", (side, side), noise).save(output, "PNG", compress_level=0)
    return output.getvalue()
