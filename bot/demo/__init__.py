"""The try-it room: the real bot in a simulated Discord, against a stand-in for Replicate."""
