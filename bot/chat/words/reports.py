"""What moderators read of a result that was reported."""

from bot.chat.language import gettext as _


def title() -> str:
    return _("Reported result")


def linked(url: str, member: str, reporter: str) -> str:
    """`member` and `reporter` are mentions."""
    return _("[The message]({url}), asked for by {member}, reported by {reporter}.").format(
        url=url, member=member, reporter=reporter
    )


def unlinked(channel: str, member: str, reporter: str) -> str:
    """All three are mentions."""
    return _("In {channel}, asked for by {member}, reported by {reporter}.").format(
        channel=channel, member=member, reporter=reporter
    )


def job(job_id: str) -> str:
    return _("job {id}").format(id=job_id)
