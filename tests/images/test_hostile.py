"""Whatever is done to a picture file, it is refused in words or comes out clean: nothing else."""

import random
import struct
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import DamagedPicture, PictureRefused
from bot.images.verify import PictureVerifier
from tests.images import files
from tests.images.leftovers import leftovers

SAMPLES = files.samples()


@pytest.fixture(scope="module")
def verifier() -> Iterator[PictureVerifier]:
    verifier = PictureVerifier(limit_pixels=4_000_000)
    yield verifier
    verifier.close()


async def refused_or_clean(verifier: PictureVerifier, data: bytes) -> None:
    try:
        picture = await verifier.verify("a.png", data)
    except PictureRefused:
        return
    assert leftovers(picture.data) == []
    seen = files.decode(picture.data)
    assert seen.size == (picture.width, picture.height)
    assert f"image/{(seen.format or '').lower()}" == picture.media_type
    assert picture.frames >= 1


def spoil(data: bytes, seed: int) -> bytes:
    """Change, cut out, repeat or insert a few bytes, rather near the start, where the structure is."""
    rng = random.Random(seed)
    spoiled = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        at = 12 + int(rng.random() ** 2 * len(spoiled))
        length = rng.choice((1, 1, 2, 4, 30))
        match rng.randrange(6):
            case 0:
                spoiled[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                spoiled[at : at + length] = rng.randbytes(length)
            case 2:
                del spoiled[at : at + length]
            case 3:
                spoiled[at:at] = spoiled[at : at + length]
            case 4:
                spoiled[at : at + length] = rng.choice((b"\xff", b"\0", b"\x7f")) * length
            case _:
                spoiled[at:at] = rng.choice(list(SAMPLES.values()))[:length]
    return mended(bytes(spoiled)) if rng.random() < 0.7 else bytes(spoiled)


def mended(data: bytes) -> bytes:
    """A PNG with its checksums made right again, so that not all damage shows there."""
    if not data.startswith(b"\x89PNG"):
        return data
    whole, at = data[:8], 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if at + 12 + length > len(data):
            break
        whole += files.chunk(data[at + 4 : at + 8], data[at + 8 : at + 8 + length])
        at += 12 + length
    return whole + data[at:]


@settings(max_examples=400, deadline=None)
@given(name=st.sampled_from(sorted(SAMPLES)), seed=st.integers(0, 2**32))
async def test_spoiled_files(verifier: PictureVerifier, name: str, seed: int) -> None:
    await refused_or_clean(verifier, spoil(SAMPLES[name], seed))


@settings(max_examples=100, deadline=None)
@given(name=st.sampled_from(sorted(SAMPLES)), share=st.floats(0, 1), tail=st.binary(max_size=64))
async def test_files_cut_off_and_continued(verifier: PictureVerifier, name: str, share: float, tail: bytes) -> None:
    data = SAMPLES[name]
    await refused_or_clean(verifier, data[: round(share * len(data))] + tail)


@settings(max_examples=100, deadline=None)
@given(
    start=st.sampled_from([data[:size] for data in SAMPLES.values() for size in (0, 4, 12, 33)]),
    rest=st.binary(max_size=200),
)
async def test_anything_at_all(verifier: PictureVerifier, start: bytes, rest: bytes) -> None:
    await refused_or_clean(verifier, start + rest)


@pytest.mark.parametrize("name", sorted(SAMPLES))
async def test_one_file_glued_to_another(verifier: PictureVerifier, name: str) -> None:
    for other in SAMPLES.values():
        await refused_or_clean(verifier, SAMPLES[name] + other)


async def test_a_jpeg_of_nothing_but_the_beginnings_of_markers(verifier: PictureVerifier) -> None:
    """A search that begins anew at each of them would take minutes, and hold up everything else meanwhile."""
    began = time.process_time()
    with pytest.raises(DamagedPicture):
        await verifier.verify("a.jpg", b"\xff\xd8" + b"\xff" * 1_000_000)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("length", range((1 << 18) - 3, (1 << 18) + 3))
async def test_where_a_jpegs_scan_ends(verifier: PictureVerifier, length: int) -> None:
    """Its data is searched in stretches, and the marker behind it may lie on the border between two."""
    whole = SAMPLES["plain.jpg"]
    begin = whole.index(b"\xff\xda")
    begin += 2 + int.from_bytes(whole[begin + 2 : begin + 4], "big")
    scan = whole[begin:-2].ljust(length, b"\0")
    picture = await verifier.verify("a.jpg", whole[:begin] + scan + b"\xff\xff\xff\xd9")
    assert picture.data == whole[:begin] + scan + b"\xff\xd9"
