"""All targets, by name."""

from tests.fuzz import pictures, replies, requests, texts

TARGETS = {each.name: each for each in (*pictures.TARGETS, *replies.TARGETS, *requests.TARGETS, *texts.TARGETS)}
