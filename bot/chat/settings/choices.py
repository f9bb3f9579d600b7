"""What may be asked for: models, qualities, numbers of pictures, laxer moderation."""

from collections.abc import Sequence

from bot.chat.settings.rules import one_of_few, some_of_many
from bot.chat.settings.setting import Section, Shown
from bot.chat.words import settings as words
from bot.chat.words.options import quality_words
from bot.domain import offer
from bot.domain.catalog import CATALOG


def _slugs(shown: Shown) -> Sequence[str]:
    return [each.slug for each in shown.studio.models]


def _model_said(_: Shown, slug: str) -> str:
    return CATALOG[slug].title if slug in CATALOG else slug


CHOICES = Section(
    "choices",
    words.choices_section,
    (
        some_of_many(
            "models", words.models_title, _slugs, _model_said, offered=lambda shown: len(shown.studio.models) > 1
        ),
        some_of_many(
            "qualities",
            words.qualities_title,
            lambda shown: offer.choices(shown.studio.models, "quality"),
            lambda _, quality: quality_words(quality),
        ),
        one_of_few(
            "most_pictures",
            words.most_title,
            lambda shown: offer.counts(shown.studio.models),
            lambda _, count: words.most_pictures(count),
            lambda shown: offer.counts(shown.studio.models)[-1],
        ),
        one_of_few(
            "low_moderation",
            words.low_title,
            lambda _: (False, True),
            lambda _, allowed: words.low_choice(allowed=allowed),
            lambda _: False,
            about=lambda _: words.low_about(),
            offered=lambda shown: shown.studio.allow_low_moderation,
        ),
    ),
)
