"""Replicate's HTTP API: pure wire format, and an aiohttp transport over it."""
