"""Bytes that nobody would think of, thrown at what strangers' bytes reach. `make fuzz` plays; pytest replays."""
