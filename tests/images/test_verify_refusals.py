"""What the verifier refuses, and what a picture may cost it."""

import asyncio
import struct
import threading
import zlib

import pytest

from bot.domain.errors import DamagedPicture, NotAPicture, PictureTooLarge, UnsupportedPicture
from bot.images.verify import PictureVerifier
from tests.images import files
from tests.images.memory import memory_below

# --------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"\x89PN",
        b"\xff\xd8",
        b"BM, a company",
        b"BMW and others built cars for a long time before this line was written",
        b"hello, I am a picture, believe me",
        b"%PDF-1.7\n1 0 obj",
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        b"<svg onload='alert(1)'/>",
        b"PK\x03\x04" + bytes(60),
        b"MZ" + bytes(120),
        b"\x7fELF" + bytes(60),
        b"RIFF\x24\0\0\0WAVEfmt ",
        files.heic(b"isom", b"mp41"),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10",
    ],
)
async def test_what_is_no_picture(verifier: PictureVerifier, data: bytes) -> None:
    with pytest.raises(NotAPicture) as caught:
        await verifier.verify("cat.png", data)
    assert caught.value.filename == "cat.png"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (files.heic(), "HEIC"),
        (files.heic(b"heix"), "HEIC"),
        (files.heic(b"mif1", b"mif1", b"heic"), "HEIC"),
        (files.heic(b"mif1", b"mif1", b"miaf"), "HEIF"),
        (files.heic(b"msf1", b"hevc"), "HEIC"),
        (files.heic(b"mif1", b"mif1", b"avif"), "AVIF"),
        (files.encode(files.colours(), "AVIF"), "AVIF"),
        (files.encode(files.colours(), "TIFF"), "TIFF"),
        (files.encode(files.colours(), "ICO"), "ICO"),
        (files.encode(files.colours(), "JPEG2000"), "JPEG 2000"),
        (b"8BPS\0\x01" + bytes(40), "PSD"),
        (b"\xff\x0a" + bytes(40), "JPEG XL"),
    ],
)
async def test_formats_that_are_not_taken_are_named(verifier: PictureVerifier, data: bytes, name: str) -> None:
    with pytest.raises(UnsupportedPicture) as caught:
        await verifier.verify("IMG_0001.jpg", data)
    assert caught.value == UnsupportedPicture("IMG_0001.jpg", name, ("PNG", "JPEG", "WebP", "GIF", "BMP"))


@pytest.mark.parametrize("name", sorted(files.samples()))
async def test_a_file_that_breaks_off_is_damaged(verifier: PictureVerifier, name: str) -> None:
    data = files.samples()[name]
    ends = sorted({*range(30, len(data), max(1, len(data) // 40)), len(data) - 1, len(data) - 2, len(data) // 2})
    for end in ends:
        with pytest.raises(DamagedPicture):
            await verifier.verify(name, data[:end])


async def test_pixels_that_break_off_in_a_whole_container_are_damaged(verifier: PictureVerifier) -> None:
    half = zlib.compress((b"\0" + bytes(3 * 64)) * 32)
    with pytest.raises(DamagedPicture):
        await verifier.verify("a.png", files.png(64, 64, half))


async def test_a_wrong_checksum_is_damage(verifier: PictureVerifier) -> None:
    data = bytearray(files.samples()["plain.png"])
    data[-14] ^= 1  # of the pixels' chunk, whose own checksum is right
    with pytest.raises(DamagedPicture):
        await verifier.verify("a.png", bytes(data))


@pytest.mark.parametrize("size", [(0, 10), (10, 0)])
async def test_a_picture_without_pixels_is_damaged(verifier: PictureVerifier, size: tuple[int, int]) -> None:
    with pytest.raises(DamagedPicture):
        await verifier.verify("a.png", files.png(*size, zlib.compress(b"")))


# --------------------------------------------------------------------------------------------------- what it may cost


async def test_the_limit_is_exact(verifier: PictureVerifier) -> None:
    small = PictureVerifier(limit_pixels=48 * 32)
    data = files.samples()["plain.png"]
    assert (await small.verify("a.png", data)).width == 48
    small.close()
    smaller = PictureVerifier(limit_pixels=48 * 32 - 1)
    with pytest.raises(PictureTooLarge) as caught:
        await smaller.verify("a.png", data)
    assert caught.value == PictureTooLarge("a.png", 48, 32, 48 * 32 - 1)
    smaller.close()


def test_a_limit_at_which_pillow_would_complain_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="limit_pixels"):
        PictureVerifier(limit_pixels=200_000_000)


def _jpeg_of_size(width: int, height: int) -> bytes:
    data = files.samples()["plain.jpg"]
    frame = data.index(b"\xff\xc0") + 5
    return data[:frame] + struct.pack(">HH", height, width) + data[frame + 4 :]


def _webp_of_size(width: int, height: int) -> bytes:
    data = files.encode(files.colours(), "WEBP", lossless=True)
    return data[:21] + struct.pack("<I", width - 1 | height - 1 << 14) + data[25:]


def _gif_of_size(canvas: tuple[int, int], frame: tuple[int, int]) -> bytes:
    screen = b"GIF89a" + struct.pack("<HHBBB", *canvas, 0, 0, 0)
    return screen + struct.pack("<BHHHHBB", 0x2C, 0, 0, *frame, 0, 2) + b"\x02D\x01\0;"


def _bmp_of_size(width: int, height: int) -> bytes:
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(files.png(30_000, 30_000, zlib.compress(bytes(1_000_000))), id="png"),
        pytest.param(files.png(2_000_000_000, 2_000_000_000, b""), id="png beyond all bounds"),
        pytest.param(_jpeg_of_size(65_000, 65_000), id="jpeg"),
        pytest.param(_webp_of_size(16_000, 16_000), id="webp"),
        pytest.param(_gif_of_size((60_000, 60_000), (1, 1)), id="gif canvas"),
        pytest.param(_gif_of_size((1, 1), (60_000, 60_000)), id="gif frame"),
        pytest.param(_bmp_of_size(60_000, -60_000), id="bmp"),
    ],
)
async def test_a_bomb_is_refused_by_its_header(verifier: PictureVerifier, data: bytes) -> None:
    with pytest.raises(PictureTooLarge):
        await verifier.verify("bomb.png", data)


async def test_pixels_beyond_what_the_header_promises_are_not_inflated(verifier: PictureVerifier) -> None:
    data = files.png(1, 1, zlib.compress(bytes(100_000_000), 1))
    with memory_below(20_000_000):
        picture = await verifier.verify("a.png", data)
    assert (picture.width, picture.height) == (1, 1)


async def test_a_progressive_jpeg_of_endless_scans_is_refused(verifier: PictureVerifier) -> None:
    data = files.encode(files.colours(size=(640, 480)), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    with pytest.raises(DamagedPicture):
        await verifier.verify("a.jpg", data[:-2] + data[last:-2] * 1000 + b"\xff\xd9")


async def test_text_bombs_in_a_png_are_never_inflated(verifier: PictureVerifier) -> None:
    bomb = files.chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(60_000_000)))
    plain = files.samples()["plain.png"]
    data = files.png_with(plain, bomb)
    with memory_below(20_000_000):
        assert (await verifier.verify("a.png", data)).data == plain


async def test_the_event_loop_is_free_while_pictures_are_decoded() -> None:
    verifier = PictureVerifier(at_once=1)
    gate = threading.Event()
    try:
        verifier._threads.submit(gate.wait)  # the one thread is busy; the loop must not take over its work
        verifying = asyncio.create_task(verifier.verify("a.png", files.samples()["plain.png"]))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not verifying.done()
        gate.set()
        assert (await verifying).width == 48
    finally:
        gate.set()
        verifier.close()


async def test_many_at_once_all_come_out_right(verifier: PictureVerifier) -> None:
    samples = files.samples()
    pictures = await asyncio.gather(*(verifier.verify(name, data) for name, data in samples.items() for _ in range(3)))
    alone = [await verifier.verify(name, data) for name, data in samples.items() for _ in range(3)]
    assert pictures == alone
