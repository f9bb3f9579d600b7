"""A process that looks for work only when it is told of some: `install` is called in it before `easel` begins."""

from bot.service import dispatch

INSTALL = "tests.process.unpolled:install"


def install() -> None:
    dispatch.POLL_SECONDS = 86_400.0
