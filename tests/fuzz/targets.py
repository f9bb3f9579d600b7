"""All targets, by name."""

from tests.fuzz import pictures, replies, texts

TARGETS = {each.name: each for each in (*pictures.TARGETS, *replies.TARGETS, *texts.TARGETS)}
