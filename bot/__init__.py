"""Easel: a self-hosted Discord bot that gives a community an image studio."""
