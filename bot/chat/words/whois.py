"""Who is behind a pseudonym, for those who run the bot."""

from bot.chat.language import gettext as _


def about_whois() -> str:
    return _("For those who run this bot: who is behind a user_id at Replicate.")


def user_id_option() -> str:
    return _("The user_id that Replicate or OpenAI names.")


def operators_alone() -> str:
    return _("Only those who run this bot can look that up. If Replicate has written to you, ask them.")


def found(whom: str, member_id: int) -> str:
    return _("That is {whom} (`{member_id}`). If they belong to this server, its log says that you asked.").format(
        whom=whom, member_id=member_id
    )


def nobody() -> str:
    return _("Nobody who is known here has that user_id. Someone whose data was deleted can't be found any more.")
