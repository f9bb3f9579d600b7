"""Use cases over ports: whether, when and how a job runs, and what is remembered of it."""
