"""What became of a request: what happened, and what to do next. Kind, and short."""

from bot.chat.words.options import count_words, format_words, price_words
from bot.chat.words.styles import style_sentence
from bot.domain import errors
from bot.domain.catalog import MicroDollars
from bot.domain.errors import EaselError
from bot.service.ports import CommitInDoubt

_FIELDS = {
    "model": "model",
    "quality": "quality",
    "aspect_ratio": "aspect ratio",
    "background": "background",
    "moderation": "moderation level",
    "output_format": "format",
    "number_of_images": "number of pictures",
    "output_compression": "compression",
}


def sentence(outcome: EaselError) -> str:
    """What a member reads of the outcome, as Discord markdown."""
    match outcome:
        case errors.PromptEmpty():
            return "Your prompt is empty. Write what you would like to see."
        case errors.PromptTooLong(length=length, limit=limit):
            return f"Your prompt has {length:,} characters; {limit:,} is the most. Please shorten it."
        case errors.UnknownChoice(field=field, value=value, choices=choices):
            known = ", ".join(f"`{choice}`" for choice in choices)
            return f"`{value[:50]}` is no {_FIELDS.get(field, field)} that can be used here. Choose one of {known}."
        case errors.OutOfRange(field=field, minimum=minimum, maximum=maximum):
            return f"The {_FIELDS.get(field, field)} goes from {minimum} to {maximum}. Please choose one in between."
        case errors.TransparentNeedsAlpha(output_format=output_format, instead=instead):
            able = " or ".join(format_words(each) for each in instead)
            return (
                f"{format_words(output_format)} can't hold a transparent background. "
                f"Choose {able} as the format, or another background."
            )
        case errors.TooManyPictures(count=count, limit=limit):
            return f"You attached {count_words(count)}; {limit} is the most. Please leave some out."
        case errors.StyleRefused():
            return style_sentence(outcome)
        case errors.PictureRefused():
            return _about_a_picture(outcome)
        case errors.AdmissionRefused():
            return _about_admission(outcome)
        case _:
            return _about_a_run(outcome)


def _about_a_picture(outcome: errors.PictureRefused) -> str:
    match outcome:
        case errors.NotAPicture(filename=filename):
            return f"{_name(filename)} isn't a picture. Attach a PNG, JPEG or WebP file."
        case errors.UnsupportedPicture(filename=filename, format=found, accepted=accepted):
            able = ", ".join(accepted[:-1]) + f" or {accepted[-1]}" if len(accepted) > 1 else "".join(accepted)
            hint = " On an iPhone, a screenshot of it will do." if found.upper() in {"HEIC", "HEIF"} else ""
            return f"{_name(filename)} is a {found} file, which can't be used. Attach it as {able}.{hint}"
        case errors.DamagedPicture(filename=filename):
            return f"{_name(filename)} is damaged or incomplete. Save or download it again, and attach that copy."
        case errors.PictureNotKept(filename=filename):
            return f"{_name(filename)} isn't kept any longer. Please attach it again."
        case errors.PictureTooHeavy(filename=filename, size=size, limit=limit):
            return (
                f"{_name(filename)} is too large: {_megabytes(size)}, and {_megabytes(limit)} is the most. "
                "Attach a smaller version."
            )
        case errors.PictureTooLarge(filename=filename, width=width, height=height, limit=limit):
            return (
                f"{_name(filename)} has too many pixels: {width:,} × {height:,}, and {limit // 1_000_000} million "
                "is the most. Attach a smaller version."
            )
        case errors.PictureUnreadable(filename=filename):
            return f"{_name(filename)} couldn't be read from Discord. Please attach it again."
        case _:
            return "One of your pictures can't be used. Attach a PNG, JPEG or WebP file."


def _about_admission(outcome: errors.AdmissionRefused) -> str:
    match outcome:
        case errors.MemberPicturesSpent(limit=limit, used=used, asked=asked, resets_at=resets_at):
            left = max(limit - used, 0)
            if left:
                return (
                    f"You have {count_words(left)} left today, and asked for {asked}. "
                    f"Ask for fewer, or wait until <t:{resets_at}:t> (<t:{resets_at}:R>)."
                )
            return (
                f"You have used your {count_words(limit)} for today. "
                f"There will be more at <t:{resets_at}:t> (<t:{resets_at}:R>)."
            )
        case errors.DailySpendReached(limit=limit, committed=committed, asked=asked, resets_at=resets_at):
            left = max(limit - committed, 0)
            cheaper = " A lower quality or fewer pictures may still fit." if left else ""
            return (
                f"Everyone's budget for today leaves {price_words(left)} of {price_words(limit)}, and this may cost "
                f"{price_words(asked)}.{cheaper} The budget starts anew at <t:{resets_at}:t> (<t:{resets_at}:R>)."
            )
        case errors.MissingPermissions(permissions=permissions):
            missing = " and ".join(f"**{permission}**" for permission in permissions)
            return (
                f"I can't answer with pictures in this channel: I lack the permission {missing}. "
                "Ask a moderator to grant it, or use another channel."
            )
        case CommitInDoubt():
            return (
                "My records broke off while I noted this, so I can't tell whether it runs. If it does, its pictures "
                "come by themselves; please look at `/usage` in a few minutes before you ask again."
            )
        case errors.StoreUnavailable():
            return "My records can't be reached right now. Nothing was charged; please try again in a few minutes."
        case _:
            return "I can't take requests right now. Nothing was charged; please try again in a few minutes."


def _about_a_run(outcome: EaselError) -> str:
    match outcome:
        case errors.SafetyRefusal():
            return (
                "The model's safety system refused this. Nothing was charged. "
                "Rephrase the prompt or use other pictures; sometimes a second try passes."
            )
        case errors.OutOfCredit():
            return (
                "There is no credit left to make pictures with. Nothing was charged. "
                "Whoever runs this bot has to top up the Replicate account; please tell them."
            )
        case errors.BadToken():
            return (
                "This bot's access to the model isn't set up right. Nothing was charged. "
                "Please tell whoever runs it that the Replicate token was refused."
            )
        case errors.VendorBusy():
            return "The model is too busy right now. Nothing was charged; please try again in a few minutes."
        case errors.TimedOut(after=after):
            return (
                f"This took longer than {_duration(after)}, so it was stopped. "
                "Please try again; fewer pictures or a lower quality are faster."
            )
        case errors.InputRejected(detail=detail):
            return (
                f"The model didn't accept the request ({_plain(detail)}). "
                "Nothing was charged; please change it and try again."
            )
        case errors.NothingReturned():
            return (
                "The model answered without a picture, which is how some refusals look. Nothing was charged. "
                "Rephrase the prompt and try again."
            )
        case errors.PicturesGone():
            return "The pictures were made, but could not be fetched in time. Please try again."
        case errors.UnknownFate():
            return (
                "The connection broke as this was sent, and it can't be told whether it ran. "
                "Please try again; whoever runs this bot can look into it."
            )
        case errors.InternalFailure():
            return (
                "A mistake in this bot kept your pictures from you; it has been noted in its log. "
                "Please try again; if it happens again, tell whoever runs this bot."
            )
        case errors.Canceled(by_moderator=by_moderator):
            return "A moderator canceled this." if by_moderator else "You canceled this."
        case errors.VendorFailure(detail=detail):
            return f"The model failed ({_plain(detail)}). Please try again."
        case _:
            return broken()


def charge(outcome: EaselError, cost: MicroDollars) -> str:
    """What a run cost that brought no pictures."""
    if isinstance(outcome, errors.Canceled):
        return f"Replicate charges for canceled runs, too: {price_words(cost)}."
    return f"Replicate may charge {price_words(cost)} for it all the same."


def broken() -> str:
    """For a mistake of ours."""
    return "Something went wrong here. Please try again; if it goes on, tell whoever runs this bot."


def _name(filename: str) -> str:
    return f"`{_plain(filename)}`"


def _plain(text: str) -> str:
    """Short, on one line, and unable to leave a code span."""
    return " ".join(text.replace("`", "'").split())[:80]


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB".replace(".0 ", " ")


def _duration(seconds: int) -> str:
    return f"{seconds // 60} minutes" if seconds >= 120 else f"{seconds} seconds"
