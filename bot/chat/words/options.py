"""The options of a request and what they come to, in words."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext


def field_words(field: str) -> str:
    """An option as it is spoken of in a sentence."""
    match field:
        case "model":
            return _("model")
        case "quality":
            return _("quality")
        case "aspect_ratio":
            return _("aspect ratio")
        case "background":
            return _("background")
        case "moderation":
            return _("moderation level")
        case "output_format":
            return _("format")
        case "number_of_images":
            return _("number of pictures")
        case "output_compression":
            return _("compression")
        case _:
            return field


def quality_words(quality: str) -> str:
    match quality:
        case "low":
            return _("Low")
        case "medium":
            return _("Medium")
        case "high":
            return _("High")
        case "xhigh":
            return _("Extra high")
        case "max":
            return _("Maximum")
        case "auto":
            return _("Automatic")
        case _:
            return quality


def ratio_words(ratio: str) -> str:
    """ "Wide 16:9", "1536 × 1024 pixels, wide"."""
    if ratio == "auto":
        return _("Automatic")
    if ":" in ratio:
        return _shape_words(*(int(side) for side in ratio.split(":"))).format(ratio=ratio)
    width, height = (int(side) for side in ratio.split("x"))
    if width == height:
        words = _("{width} × {height} pixels, square")
    elif width > height:
        words = _("{width} × {height} pixels, wide")
    else:
        words = _("{width} × {height} pixels, tall")
    return words.format(width=width, height=height)


def _shape_words(width: int, height: int) -> str:
    if width == height:
        return _("Square {ratio}")
    if width > height:
        return _("Wide {ratio}") if width / height > 1.6 else _("Landscape {ratio}")
    return _("Tall {ratio}") if height / width > 1.6 else _("Portrait {ratio}")


def background_words(background: str) -> str:
    match background:
        case "auto":
            return _("Automatic")
        case "transparent":
            return _("Transparent (PNG or WebP)")
        case "opaque":
            return _("Opaque")
        case _:
            return background


def format_words(output_format: str) -> str:
    """The format's own name, which is the same in every language."""
    return {"webp": "WebP", "png": "PNG", "jpeg": "JPEG"}.get(output_format, output_format)


def moderation_words(moderation: str) -> str:
    match moderation:
        case "auto":
            return _("Automatic")
        case "low":
            return _("Low")
        case _:
            return moderation


def count_words(count: int) -> str:
    return ngettext("{count} picture", "{count} pictures", count).format(count=count)


def quality_chosen(quality: str) -> str:
    """A quality in a line of options: "High quality"."""
    return _("{quality} quality").format(quality=quality_words(quality))


def background_chosen(background: str) -> str:
    """A background in a line of options."""
    match background:
        case "transparent":
            return _("transparent background")
        case "opaque":
            return _("opaque background")
        case _:
            return _("{background} background").format(background=background_words(background))


def moderation_chosen(moderation: str) -> str:
    """A moderation level in a line of options."""
    return _("moderation {level}").format(level=moderation_words(moderation).lower())


def style_chosen(name: str) -> str:
    """A style in a line of options; `name` is safe as markdown."""
    return _("style {name}").format(name=name)


def made_from(count: int) -> str:
    """How many pictures a request is made from, in a line of options."""
    return ngettext("made from {count} picture", "made from {count} pictures", count).format(count=count)


def variation_chosen() -> str:
    """In a line of options, of what is a variation of a picture."""
    return _("a variation")
