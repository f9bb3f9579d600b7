"""A server's own keys: what is there, what became of one that was brought, and of one that is no longer any good."""

from collections.abc import Collection, Mapping

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.domain.account import Vendor
from bot.service.ports import KeyFinding, KeysHeld, Retirement


def about_key() -> str:
    return _("Let this server pay for its pictures with a key of its own.")


def title() -> str:
    return _("This server's own key")


def explained(held: KeysHeld | None) -> str:
    """Who pays now, and what would change that."""
    if held is None:
        return _(
            "None: whoever runs this bot pays for this server's pictures. With a key of its own, the server pays, and "
            "only its own limits hold."
        )
    added = _("Added {when}.") if held.added_by is None else _("Added {when} by {member}.")
    when = f"<t:{int(held.added_at.timestamp())}:f>"
    return f"{_kind(held.vendors)}\n-# {added.format(when=when, member=f'<@{held.added_by}>')}"


def _kind(vendors: Collection[Vendor]) -> str:
    match Vendor.REPLICATE in vendors, Vendor.OPENAI in vendors:
        case True, True:
            return _(
                "**A Replicate token and an OpenAI key.** Replicate runs this server's requests on its own account "
                "there, and OpenAI charges the pictures to its key."
            )
        case True, False:
            return _("**A Replicate token.** Replicate charges this server's pictures to its own account there.")
        case False, True:
            return _("**An OpenAI key.** OpenAI charges this server's pictures to it.")
        case _:
            return _("**It can't be read any more.** Please add it again, or remove it.")


def never_shown() -> str:
    return _(
        "Nobody is shown a key again, not even in part. What was asked for before a change still runs as it began."
    )


def add_label() -> str:
    return _("Add a key")


def replace_label() -> str:
    return _("Replace")


def remove_label() -> str:
    return _("Remove")


def keep_label() -> str:
    return _("Keep it")


def remove_question() -> str:
    return _(
        "**Remove this server's own key?** From then on whoever runs this bot pays for its pictures again, within "
        "their limits. To come back to the key you have to enter it anew."
    )


def form_title() -> str:
    return _("A key of this server's own")


def form_explained() -> str:
    return _(
        "Enter one of the two, or both. Each is tried before it is kept, and kept encrypted. Make a key for this "
        "purpose alone, with a spending limit."
    )


def token_label() -> str:
    return _("Replicate token")


def token_hint() -> str:
    return _("From replicate.com/account/api-tokens. It begins with r8_")


def openai_label() -> str:
    return _("OpenAI key")


def openai_hint() -> str:
    return _("From platform.openai.com/api-keys. It begins with sk-")


def nothing_entered() -> str:
    return _("**Nothing was changed:** you entered no key.")


def kept(replaced: Retirement | None) -> str:
    said = _("**The key works and is kept.** This server's next pictures are charged to it.")
    return said if replaced is None else f"{said} {_what_becomes_of_the_old(replaced)}"


def not_kept(findings: Mapping[Vendor, KeyFinding]) -> str:
    """Which of what was entered can't be used, and what to do."""
    said = [_trouble(vendor, each) for vendor, each in findings.items() if each is not KeyFinding.HOLDS]
    return "\n".join([_("**Nothing was kept, and nothing changed.**"), *(f"- {each}" for each in said)])


def _trouble(vendor: Vendor, finding: KeyFinding) -> str:
    match vendor, finding:
        case Vendor.REPLICATE, KeyFinding.REFUSED:
            return _("Replicate refused the token. Please copy it again, whole, or make a new one.")
        case Vendor.REPLICATE, _other:
            return _("Replicate couldn't be asked about the token just now. Please try again in a few minutes.")
        case Vendor.OPENAI, KeyFinding.REFUSED:
            return _("OpenAI refused the key. Please copy it again, whole, or make a new one.")
        case Vendor.OPENAI, KeyFinding.NO_ACCESS:
            return _(
                "OpenAI knows the key but doesn't let it use the image model. Allow its project that model, and the "
                "key itself to read models and make images; or enter another."
            )
        case Vendor.OPENAI, _other:
            return _("OpenAI couldn't be asked about the key just now. Please try again in a few minutes.")


def removed(retired: Retirement | None) -> str:
    if retired is None:
        return _("There was no key to remove any more.")
    said = _("**The key is removed.** Whoever runs this bot pays for this server's next pictures.")
    return f"{said} {_what_becomes_of_the_old(retired)}"


def _what_becomes_of_the_old(retired: Retirement) -> str:
    if not retired.live_jobs:
        return _("The old one is deleted.")
    return ngettext(
        "{count} request still runs on the old one, which is deleted within an hour of its end.",
        "{count} requests still run on the old one, which is deleted within an hour of their end.",
        retired.live_jobs,
    ).format(count=retired.live_jobs)


def refused_at_work() -> str:
    """On the card of a request that ran on the key."""
    return _(
        "The key that this server pays with was refused. Nothing was charged. "
        "Please tell a moderator: `/studio key` takes a new one."
    )


def out_of_credit() -> str:
    return _(
        "The account that this server pays with has no credit left. Nothing was charged. "
        "Please tell a moderator: they can top it up, or add another key with `/studio key`."
    )


def waiting_for_credit() -> str:
    return _(
        "There is no credit left on the account that this server pays with. This goes on by itself once a moderator "
        "has topped it up, and is given up after an hour; nothing is charged until then."
    )
