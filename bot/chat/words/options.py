"""The options of a request, its prices and counts, in words."""

from bot.domain.catalog import DOLLAR, MicroDollars

_QUALITY = {
    "low": "Low",
    "medium": "Medium",
    "high": "High",
    "xhigh": "Extra high",
    "max": "Maximum",
    "auto": "Automatic",
}
_RATIO = {
    "1:1": "Square 1:1",
    "3:2": "Landscape 3:2",
    "2:3": "Portrait 2:3",
    "4:3": "Landscape 4:3",
    "3:4": "Portrait 3:4",
    "16:9": "Wide 16:9",
    "9:16": "Tall 9:16",
    "auto": "Automatic",
}
_BACKGROUND = {"auto": "Automatic", "transparent": "Transparent (PNG or WebP)", "opaque": "Opaque"}
_FORMAT = {"webp": "WebP", "png": "PNG", "jpeg": "JPEG"}
_MODERATION = {"auto": "Automatic", "low": "Low"}


def price_words(amount: MicroDollars) -> str:
    """Money as people write it: "$0.13", and "$0.012" where cents would hide most of it."""
    dollars = amount / DOLLAR
    return f"${dollars:.3f}" if 0 < dollars < 0.02 else f"${dollars:,.2f}"


def quality_words(quality: str) -> str:
    return _QUALITY.get(quality, quality)


def ratio_words(ratio: str) -> str:
    if ratio in _RATIO:
        return _RATIO[ratio]
    width, _, height = ratio.partition("x")
    shape = "square" if width == height else "wide" if int(width) > int(height) else "tall"
    return f"{width} × {height} pixels, {shape}"


def background_words(background: str) -> str:
    return _BACKGROUND.get(background, background)


def format_words(output_format: str) -> str:
    return _FORMAT.get(output_format, output_format)


def moderation_words(moderation: str) -> str:
    return _MODERATION.get(moderation, moderation)


def count_words(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"
