"""Metrics in Prometheus' format: the only room that knows its client.

Nothing here is kept by member, guild, channel, job or prompt: every label has few values, all known beforehand.
Whatever begins with `easel_deployment_` is read from the database and is the same from every process of a deployment;
everything else is of one process.
"""
