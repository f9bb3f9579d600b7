"""All targets, by name."""

from tests.fuzz import archives, pictures, replies, requests, texts

TARGETS = {
    each.name: each
    for each in (*archives.TARGETS, *pictures.TARGETS, *replies.TARGETS, *requests.TARGETS, *texts.TARGETS)
}
