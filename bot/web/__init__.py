"""The HTTP server: webhooks from Replicate, and probes."""
