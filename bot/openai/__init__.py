"""OpenAI's API, as far as Easel calls it itself: the pictures are Replicate's to have made."""
