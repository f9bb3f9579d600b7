"""What the verifier takes, and what is left of a picture."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageSequence

from bot.domain.errors import DamagedPicture
from bot.images.verify import PictureVerifier
from bot.service.ports import VerifiedPicture
from tests.images import files
from tests.images.leftovers import leftovers
from tests.images.memory import memory_below


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    found = image.getpixel((x, y))
    assert isinstance(found, tuple)
    return found


def closely(seen: Image.Image, expected: Image.Image) -> bool:
    """Equal but for what lossy compression does, away from hard edges."""
    assert seen.size == expected.size
    wide, tall = seen.size
    spots = [(wide * x // 8, tall * y // 8) for x in (1, 2, 6, 7) for y in (1, 2, 6, 7)]
    one, other = seen.convert("RGB"), expected.convert("RGB")
    return all(abs(a - b) < 12 for spot in spots for a, b in zip(pixel(one, *spot), pixel(other, *spot), strict=True))


def same(seen: Image.Image, expected: Image.Image) -> bool:
    return seen.size == expected.size and seen.convert("RGBA").tobytes() == expected.convert("RGBA").tobytes()


# ------------------------------------------------------------------------------------------------ what is taken


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("plain.png", "image/png"),
        ("alpha.png", "image/png"),
        ("grey.png", "image/png"),
        ("palette.png", "image/png"),
        ("bits.png", "image/png"),
        ("plain.jpg", "image/jpeg"),
        ("progressive.jpg", "image/jpeg"),
        ("grey.jpg", "image/jpeg"),
        ("plain.webp", "image/webp"),
        ("lossless.webp", "image/webp"),
        ("alpha.webp", "image/webp"),
    ],
)
async def test_a_clean_picture_passes_untouched(verifier: PictureVerifier, name: str, media_type: str) -> None:
    data = files.samples()[name]
    assert await verifier.verify(name, data) == VerifiedPicture(data, media_type, 48, 32)


@pytest.mark.parametrize("name", ["plain.png", "plain.jpg", "plain.webp", "plain.gif"])
async def test_bytes_decide_and_not_the_name(verifier: PictureVerifier, name: str) -> None:
    data = files.samples()[name]
    assert await verifier.verify("holiday.exe", data) == await verifier.verify(name, data)


@pytest.mark.parametrize("name", ["plain.gif", "plain.bmp"])
async def test_gif_and_bmp_become_png(verifier: PictureVerifier, name: str) -> None:
    data = files.samples()[name]
    picture = await verifier.verify(name, data)
    assert (picture.media_type, picture.frames) == ("image/png", 1)
    assert same(files.decode(picture.data), files.decode(data))


async def test_a_bottom_up_and_a_top_down_bmp_are_the_same_picture(verifier: PictureVerifier) -> None:
    data = bytearray(files.encode(files.colours().transpose(Image.Transpose.FLIP_TOP_BOTTOM), "BMP"))
    struct.pack_into("<i", data, 22, -32)
    picture = await verifier.verify("a.bmp", bytes(data))
    assert same(files.decode(picture.data), files.colours())


# --------------------------------------------------------------------------------------- what must not be left in it


@pytest.mark.parametrize("name", sorted(files.samples()))
async def test_no_metadata_is_left(verifier: PictureVerifier, name: str) -> None:
    picture = await verifier.verify(name, files.samples()[name])
    assert leftovers(picture.data) == []
    assert files.SECRET.encode() not in picture.data


async def test_text_is_taken_out_of_a_png_without_touching_its_pixels(verifier: PictureVerifier) -> None:
    samples = files.samples()
    assert (await verifier.verify("a.png", samples["texts.png"])).data == samples["plain.png"]


async def test_metadata_is_taken_out_of_a_jpeg_without_compressing_it_again(verifier: PictureVerifier) -> None:
    plain = files.samples()["plain.jpg"]
    hidden = files.SECRET.encode()
    tagged = files.jpeg_with(
        plain,
        (0xE1, files.exif()),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + files.XMP),
        (0xED, b"Photoshop 3.0\0" + hidden),
        (0xE2, b"MPF\0" + hidden),
        (0xE0, b"JFXX\0\x10" + hidden),
        (0xEF, hidden),
        (0xFE, hidden),
    )
    assert (await verifier.verify("a.jpg", tagged)).data == plain


async def test_the_thumbnail_in_a_jfif_header_is_taken_out(verifier: PictureVerifier) -> None:
    plain = files.samples()["plain.jpg"]
    jfif = plain[6:20]
    thumbnail = plain[:2] + struct.pack(">BBH", 0xFF, 0xE0, 2 + 14 + 3) + jfif[:12] + b"\x01\x01" + b"abc" + plain[20:]
    assert (await verifier.verify("a.jpg", thumbnail)).data == plain


async def test_metadata_is_taken_out_of_a_webp_without_compressing_it_again(verifier: PictureVerifier) -> None:
    plain = files.encode(files.colours(), "WEBP")
    tagged = files.encode(files.colours(), "WEBP", exif=files.exif(), xmp=files.XMP)
    picture = await verifier.verify("a.webp", tagged)
    assert plain[12:] in picture.data  # the compressed picture itself
    assert leftovers(picture.data) == []


@pytest.mark.parametrize("name", ["plain.png", "plain.jpg", "plain.webp", "lossless.webp", "plain.gif"])
async def test_what_follows_the_picture_goes_and_the_picture_is_encoded_anew(
    verifier: PictureVerifier, name: str
) -> None:
    data = files.samples()[name]
    archive = b"PK\x03\x04" + files.SECRET.encode() + b"PK\x05\x06" + bytes(18)
    picture = await verifier.verify(name, data + archive)
    assert b"PK" not in picture.data
    assert files.SECRET.encode() not in picture.data
    assert closely(files.decode(picture.data), files.decode(data))
    if name in ("plain.jpg", "plain.webp"):  # lossy: another encoding is another file
        assert picture.data not in (data, data[:4] + picture.data[4:8] + data[8:])


@pytest.mark.parametrize("extra", [b"", b"PK"])
async def test_what_hides_behind_a_png_s_compressed_pixels_goes_too(verifier: PictureVerifier, extra: bytes) -> None:
    pixels = zlib.compress((b"\0" + bytes(3 * 8)) * 8)
    data = files.png(8, 8, pixels + files.SECRET.encode()) + extra
    assert files.SECRET.encode() not in (await verifier.verify("a.png", data)).data
    data = files.png(8, 8, pixels)[:-12] + files.chunk(b"IDAT", files.SECRET.encode())
    data += files.chunk(b"IEND", b"") + extra
    assert files.SECRET.encode() not in (await verifier.verify("a.png", data)).data


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (3, 5), (9, 1), (48, 32)])
async def test_plain_pngs_of_all_sizes_pass_untouched(
    verifier: PictureVerifier, mode: str, size: tuple[int, int]
) -> None:
    image = files.colours(size=size)
    data = files.encode(image.quantize(3) if mode == "P" else image.convert(mode), "PNG")
    assert (await verifier.verify("a.png", data)).data == data


async def test_an_interlaced_png_passes_untouched(verifier: PictureVerifier) -> None:
    # Pillow writes none: seven passes of a 3 by 5 picture, of which the second is empty.
    passes = [(1, 1), (0, 1), (1, 1), (1, 2), (2, 1), (1, 3), (3, 2)]  # columns, rows
    pixels = b"".join((b"\0" + b"\x80" * columns) * rows for columns, rows in passes if columns)
    data = files.png(3, 5, zlib.compress(pixels), colour=0)
    data = data[:16] + (header := data[16:28] + b"\x01") + struct.pack(">I", zlib.crc32(b"IHDR" + header)) + data[33:]
    assert (await verifier.verify("a.png", data)).data == data
    assert set(files.decode(data).tobytes()) == {0x80}


async def test_a_private_or_duplicate_riff_chunk_is_left_out(verifier: PictureVerifier) -> None:
    plain = files.encode(files.colours(), "WEBP", exif=files.exif())
    note = b"note" + struct.pack("<I", 5) + b"hello\0"
    tagged = b"RIFF" + struct.pack("<I", len(plain) - 8 + len(note)) + plain[8:] + note
    assert b"hello" not in (await verifier.verify("a.webp", tagged)).data


# ------------------------------------------------------------------------------------------------ upright, in sRGB


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
async def test_every_orientation_is_turned_upright(verifier: PictureVerifier, name: str, orientation: int) -> None:
    # What a camera stored for an upright scene, by the definition of EXIF's tag: where row 0 and column 0 are.
    ways = {
        1: [],
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.ROTATE_90, Image.Transpose.FLIP_TOP_BOTTOM],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.ROTATE_90, Image.Transpose.FLIP_LEFT_RIGHT],
        8: [Image.Transpose.ROTATE_270],
    }
    stored = files.colours()
    for way in ways[orientation]:
        stored = stored.transpose(way)
    options = {"quality": 95, "subsampling": 0} if name == "JPEG" else {"lossless": True}
    picture = await verifier.verify("a", files.encode(stored, name, exif=files.exif(orientation), **options))
    assert (picture.width, picture.height) == (48, 32)
    assert closely(files.decode(picture.data), files.colours())
    assert leftovers(picture.data) == []


@pytest.mark.parametrize("order", ["<", ">"])
async def test_exif_in_both_byte_orders(verifier: PictureVerifier, order: str) -> None:
    tiff = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)
    tagged = files.jpeg_with(files.samples()["plain.jpg"], (0xE1, b"Exif\0\0" + tiff))
    picture = await verifier.verify("a.jpg", tagged)
    assert (picture.width, picture.height) == (32, 48)


@pytest.mark.parametrize("body", [b"", b"II*\0", b"MM\0*\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff" + bytes(30)])
async def test_broken_exif_says_nothing(verifier: PictureVerifier, body: bytes) -> None:
    plain = files.samples()["plain.jpg"]
    assert (await verifier.verify("a.jpg", files.jpeg_with(plain, (0xE1, b"Exif\0\0" + body)))).data == plain


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP"])
async def test_a_colour_profile_is_applied_and_dropped(verifier: PictureVerifier, name: str) -> None:
    options = {"quality": 95, "subsampling": 0} if name == "JPEG" else {"lossless": True}
    red = Image.new("RGB", (32, 32), (230, 20, 20))
    picture = await verifier.verify("a", files.encode(red, name, icc_profile=files.swapped_profile(), **options))
    assert closely(files.decode(picture.data), Image.new("RGB", (32, 32), (20, 230, 20)))
    assert leftovers(picture.data) == []


async def test_a_colour_profile_leaves_alpha_as_it_is(verifier: PictureVerifier) -> None:
    original = files.decode(files.samples()["alpha.png"])
    data = files.encode(original, "PNG", icc_profile=files.swapped_profile())
    seen = files.decode((await verifier.verify("a.png", data)).data)
    assert seen.getchannel("A").tobytes() == original.getchannel("A").tobytes()
    assert seen.getpixel((4, 30)) != original.getpixel((4, 30)) or seen.getpixel((4, 4)) != original.getpixel((4, 4))


@pytest.mark.parametrize("profile", [files.srgb(), b"no profile at all", files.srgb()[:200]])
async def test_a_profile_that_changes_nothing_costs_no_quality(verifier: PictureVerifier, profile: bytes) -> None:
    data = files.encode(files.colours(), "JPEG", icc_profile=profile)
    assert (await verifier.verify("a.jpg", data)).data == files.samples()["plain.jpg"]


async def test_an_inflating_profile_is_not_inflated_to_its_end(verifier: PictureVerifier) -> None:
    bomb = files.chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(50_000_000)))
    data = files.png_with(files.samples()["plain.png"], bomb)
    with memory_below(20_000_000):
        picture = await verifier.verify("a.png", data)
    assert picture.data == files.samples()["plain.png"]


# ---------------------------------------------------------------------------------------------------- odd pixels


async def test_cmyk_becomes_rgb(verifier: PictureVerifier) -> None:
    picture = await verifier.verify("a.jpg", files.samples()["cmyk.jpg"])
    seen = files.decode(picture.data)
    assert (picture.media_type, seen.mode) == ("image/jpeg", "RGB")
    assert closely(seen, files.colours())


async def test_sixteen_bits_of_grey_become_eight(verifier: PictureVerifier) -> None:
    rows = b"".join(b"\0" + b"".join(struct.pack(">H", x * 4096) for x in range(16)) for _ in range(4))
    picture = await verifier.verify("a.png", files.png(16, 4, zlib.compress(rows), depth=16, colour=0))
    seen = files.decode(picture.data)
    assert seen.mode == "L"
    assert [seen.getpixel((x, 0)) for x in range(16)] == [x * 16 for x in range(16)]


@pytest.mark.parametrize("transparent", [False, True])
async def test_sixteen_bits_of_colour_become_eight(verifier: PictureVerifier, *, transparent: bool) -> None:
    channels = 4 if transparent else 3
    pixel = struct.pack(f">{channels}H", *(0xFF00, 0x8000, 0x1000, 0x4000)[:channels])
    data = files.png(8, 2, zlib.compress((b"\0" + pixel * 8) * 2), depth=16, colour=6 if transparent else 2)
    picture = await verifier.verify("a.png", data)
    seen = files.decode(picture.data)
    assert picture.data[24] == 8  # bits a channel
    assert seen.getpixel((3, 1)) == (0xFF, 0x80, 0x10, 0x40)[:channels]


async def test_a_palette_keeps_its_transparency_when_encoded_anew(verifier: PictureVerifier) -> None:
    image = Image.new("P", (8, 4), 0)
    image.putpalette([200, 0, 0, 0, 0, 250])
    image.paste(1, (4, 0, 8, 4))
    data = files.encode(image, "PNG", transparency=bytes([0, 128]), exif=files.exif(2))
    seen = files.decode((await verifier.verify("a.png", data)).data)
    assert seen.mode == "RGBA"
    assert (pixel(seen, 0, 0), pixel(seen, 7, 0)[3]) == ((0, 0, 250, 128), 0)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P"])
async def test_other_modes_survive_being_turned(verifier: PictureVerifier, mode: str) -> None:
    image = files.colours().quantize(4) if mode == "P" else files.colours(mode)
    picture = await verifier.verify("a.png", files.encode(image, "PNG", exif=files.exif(3)))
    assert same(files.decode(picture.data), image.transpose(Image.Transpose.ROTATE_180))


@pytest.mark.parametrize(("name", "transparency"), [("L", b"\x12\x34"), ("RGB", bytes(6))])
async def test_a_transparent_colour_in_deep_pixels_is_no_stumbling_block(
    verifier: PictureVerifier, name: str, transparency: bytes
) -> None:
    channels = len(name)
    rows = zlib.compress((b"\0" + bytes(8 * 2 * channels)) * 2)
    extra = files.chunk(b"tRNS", transparency)
    data = files.png(8, 2, rows, depth=16, colour=0 if name == "L" else 2, extra=extra)
    assert (await verifier.verify("a.png", data)).width == 8


# ---------------------------------------------------------------------------------------------------- animations


@pytest.mark.parametrize("name", ["PNG", "WEBP", "GIF"])
async def test_of_an_animation_the_first_frame_is_left(verifier: PictureVerifier, name: str) -> None:
    data = files.animation(name, 5)
    picture = await verifier.verify("a", data)
    seen = files.decode(picture.data)
    assert picture.frames == 5
    assert getattr(seen, "n_frames", 1) == 1
    assert closely(seen, files.frames(1)[0])
    assert len(picture.data) < len(data)


async def test_a_lossless_animation_stays_lossless(verifier: PictureVerifier) -> None:
    picture = await verifier.verify("a.webp", files.animation("WEBP", 3, lossless=True))
    assert same(files.decode(picture.data), files.frames(1)[0])


async def test_frames_are_counted_where_they_are_and_not_where_they_are_announced(verifier: PictureVerifier) -> None:
    boast = files.chunk(b"acTL", struct.pack(">II", 2_000_000_000, 0))
    picture = await verifier.verify("a.png", files.png_with(files.samples()["plain.png"], boast, boast))
    assert (picture.frames, picture.data) == (1, files.samples()["plain.png"])


async def test_an_animation_on_an_impossible_canvas_is_damaged(verifier: PictureVerifier) -> None:
    data = bytearray(files.animation("WEBP", 2))
    data[24:27] = (20_000 - 1).to_bytes(3, "little")
    with pytest.raises(DamagedPicture):
        await verifier.verify("a.webp", bytes(data))


async def test_later_frames_are_never_decoded(verifier: PictureVerifier) -> None:
    # The second frame's data is rubbish: whoever decoded it would stumble.
    first = files.encode(files.frames(1)[0], "GIF").removesuffix(b";")
    second = struct.pack("<BHHHHB", 0x2C, 0, 0, 24, 16, 0) + b"\x08\x04\xff\xff\xff\xff\x00;"
    assert (await verifier.verify("a.gif", first + second)).frames == 2
    with pytest.raises(OSError, match="broken"):
        ImageSequence.all_frames(Image.open(BytesIO(first + second)))
