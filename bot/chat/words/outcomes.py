"""What became of a request: what happened, and what to do next. Kind, and short."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words import keys, limits, models, places, reviews, rules, sanctions
from bot.chat.words.checks import content_sentence
from bot.chat.words.entries import entry_sentence
from bot.chat.words.lists import all_of, one_of
from bot.chat.words.numbers import duration_words, number_words, price_words, size_words
from bot.chat.words.options import field_words, format_words
from bot.chat.words.permissions import permission_words
from bot.chat.words.styles import style_sentence
from bot.domain import errors
from bot.domain.account import Billing
from bot.domain.catalog import MicroDollars
from bot.domain.errors import EaselError
from bot.service.ports import CommitInDoubt


def sentence(outcome: EaselError) -> str:
    """What a member reads of the outcome, as Discord markdown."""
    match outcome:
        case errors.PromptEmpty():
            return _("Your prompt is empty. Write what you would like to see.")
        case errors.PromptTooLong(length=length, limit=limit):
            return _("Your prompt has {length} characters; {limit} is the most. Please shorten it.").format(
                length=number_words(length), limit=number_words(limit)
            )
        case errors.UnknownChoice():
            return models.cannot(outcome)
        case errors.NeedsAgeRestriction():
            return places.needs_age_restriction()
        case errors.OutOfRange(field=field, minimum=minimum, maximum=maximum):
            return _("The {field} goes from {minimum} to {maximum}. Please choose one in between.").format(
                field=field_words(field), minimum=minimum, maximum=maximum
            )
        case errors.TransparentNeedsAlpha(output_format=output_format, instead=instead):
            return _(
                "{format} can't hold a transparent background. Choose {formats} as the format, or another background."
            ).format(format=format_words(output_format), formats=one_of([format_words(each) for each in instead]))
        case errors.TooManyPictures(count=count, limit=limit):
            return ngettext(
                "You attached {count} picture; {limit} is the most. Please leave some out.",
                "You attached {count} pictures; {limit} is the most. Please leave some out.",
                count,
            ).format(count=count, limit=limit)
        case errors.StyleRefused():
            return style_sentence(outcome)
        case errors.EntryRefused():
            return entry_sentence(outcome)
        case errors.PictureRefused():
            return _about_a_picture(outcome)
        case errors.ContentFlagged() | errors.CheckUnavailable():
            return content_sentence(outcome)
        case errors.AdmissionRefused():
            return _about_admission(outcome)
        case _:
            return _about_a_run(outcome)


def broken() -> str:
    """For a mistake of ours."""
    return _("Something went wrong here. Please try again; if it goes on, tell whoever runs this bot.")


def charge(outcome: EaselError, cost: MicroDollars, billing: Billing) -> str:
    """What a run cost that brought no pictures."""
    if isinstance(outcome, errors.ReviewRejected | errors.ReviewExpired):
        return reviews.charged(cost)
    if billing is Billing.TOKEN:
        return _("OpenAI may charge up to {price} for it all the same.").format(price=price_words(cost))
    if isinstance(outcome, errors.Canceled):
        return _("Replicate charges for canceled runs, too: {price}.").format(price=price_words(cost))
    return _("Replicate may charge {price} for it all the same.").format(price=price_words(cost))


def _about_a_picture(outcome: errors.PictureRefused) -> str:
    match outcome:
        case errors.NotAPicture(filename=filename):
            return _("{file} isn't a picture. Attach a PNG, JPEG or WebP file.").format(file=_name(filename))
        case errors.UnsupportedPicture(filename=filename, format=found, accepted=accepted):
            said = _("{file} is a {format} file, which can't be used. Attach it as {formats}.").format(
                file=_name(filename), format=found, formats=one_of(accepted)
            )
            if found.upper() in {"HEIC", "HEIF"}:
                return said + " " + _("On an iPhone, a screenshot of it will do.")
            return said
        case errors.DamagedPicture(filename=filename):
            return _("{file} is damaged or incomplete. Save or download it again, and attach that copy.").format(
                file=_name(filename)
            )
        case errors.PictureNotKept(filename=filename):
            return _("{file} isn't kept any longer. Please attach it again.").format(file=_name(filename))
        case errors.PictureTooHeavy(filename=filename, size=size, limit=limit):
            return _("{file} is too large: {size}, and {limit} is the most. Attach a smaller version.").format(
                file=_name(filename), size=size_words(size), limit=size_words(limit)
            )
        case errors.PictureTooLarge(filename=filename, width=width, height=height, limit=limit):
            return _(
                "{file} has too many pixels: {width} × {height}, and {limit} million is the most. "
                "Attach a smaller version."
            ).format(
                file=_name(filename),
                width=number_words(width),
                height=number_words(height),
                limit=limit // 1_000_000,
            )
        case errors.PictureUnreadable(filename=filename):
            return _("{file} couldn't be read from Discord. Please attach it again.").format(file=_name(filename))
        case _:
            return _("One of your pictures can't be used. Attach a PNG, JPEG or WebP file.")


def _about_admission(outcome: errors.AdmissionRefused) -> str:
    match outcome:
        case errors.OverLimit():
            return limits.refused(outcome)
        case errors.RuledOut():
            return rules.ruled_out(outcome)
        case errors.MissingPermissions(permissions=permissions):
            return _(
                "I can't answer with pictures in this channel: I lack the permission {permissions}. "
                "Ask a moderator to grant it, or use another channel."
            ).format(permissions=all_of([f"**{permission_words(each)}**" for each in permissions]))
        case errors.PlaceNotAllowed(by_user=by_user):
            return places.not_by_user() if by_user else places.not_in_direct_messages()
        case CommitInDoubt():
            return _(
                "My records broke off while I noted this, so I can't tell whether it runs. If it does, its pictures "
                "come by themselves; please look at `/usage` in a few minutes before you ask again."
            )
        case errors.StoreUnavailable():
            return _("My records can't be reached right now. Nothing was charged; please try again in a few minutes.")
        case _:
            return _("I can't take requests right now. Nothing was charged; please try again in a few minutes.")


def _about_a_run(outcome: EaselError) -> str:
    match outcome:
        case errors.SafetyRefusal():
            return _(
                "The model's safety system refused this. Nothing was charged. "
                "Rephrase the prompt or use other pictures; sometimes a second try passes."
            )
        case errors.OutOfCredit(of_guild=True):
            return keys.out_of_credit()
        case errors.BadToken(of_guild=True):
            return keys.refused_at_work()
        case errors.OutOfCredit():
            return _(
                "There is no credit left to make pictures with. Nothing was charged. "
                "Whoever runs this bot has to top up the Replicate account; please tell them."
            )
        case errors.BadToken():
            return _(
                "This bot's access to the model isn't set up right. Nothing was charged. "
                "Please tell whoever runs it that the Replicate token was refused."
            )
        case errors.VendorBusy():
            return _("The model is too busy right now. Nothing was charged; please try again in a few minutes.")
        case errors.TimedOut(after=after):
            return _(
                "This took longer than {duration}, so it was stopped. "
                "Please try again; fewer pictures or a lower quality are faster."
            ).format(duration=duration_words(after))
        case errors.InputRejected(detail=detail):
            return _(
                "The model didn't accept the request ({detail}). Nothing was charged; please change it and try again."
            ).format(detail=_plain(detail))
        case errors.NothingReturned():
            return _(
                "The model answered without a picture, which is how some refusals look. Nothing was charged. "
                "Rephrase the prompt and try again."
            )
        case errors.PicturesGone():
            return _("The pictures were made, but could not be fetched in time. Please try again.")
        case errors.UnknownFate():
            return _(
                "The connection broke as this was sent, and it can't be told whether it ran. "
                "Please try again; whoever runs this bot can look into it."
            )
        case errors.ReviewRejected():
            return reviews.rejected(outcome)
        case errors.ReviewExpired():
            return reviews.expired()
        case errors.AwaitsReview():
            return reviews.awaited(outcome)
        case errors.InternalFailure():
            return _(
                "A mistake in this bot kept your pictures from you; it has been noted in its log. "
                "Please try again; if it happens again, tell whoever runs this bot."
            )
        case errors.Canceled(by_moderator=True):
            return _("A moderator canceled this.")
        case errors.Canceled():
            return _("You canceled this.")
        case errors.MemberBarred():
            return sanctions.barred(outcome)
        case errors.VendorFailure(detail=detail):
            return _("The model failed ({detail}). Please try again.").format(detail=_plain(detail))
        case _:
            return broken()


def _name(filename: str) -> str:
    return f"`{_plain(filename)}`"


def _plain(text: str) -> str:
    """Short, on one line, and unable to leave a code span."""
    return " ".join(text.replace("`", "'").split())[:80]
