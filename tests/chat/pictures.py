"""Pictures for members to attach."""

import random
from io import BytesIO

from PIL import Image


def png(*, noise: int = 0) -> bytes:
    """A small PNG; with `noise`, one of that many pixels a side that can't be compressed."""
    picture = Image.new("RGB", (24, 16), "teal")
    if noise:
        picture = Image.frombytes("RGB", (noise, noise), random.Random(1).randbytes(noise * noise * 3))
    return _saved(picture, "PNG")


def jpeg(*, gps: bool = False) -> bytes:
    """A small JPEG; with `gps`, one that tells where it was taken."""
    picture = Image.new("RGB", (24, 16), "orange")
    exif = Image.Exif()
    if gps:
        exif.get_ifd(0x8825)[1] = "N"
        exif[0x010E] = "at home"
    return _saved(picture, "JPEG", exif=exif)


def _saved(picture: Image.Image, form: str, **options: object) -> bytes:
    output = BytesIO()
    picture.save(output, form, **options)
    return output.getvalue()
