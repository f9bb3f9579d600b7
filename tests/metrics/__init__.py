"""What Prometheus gets, and what it makes of it."""
