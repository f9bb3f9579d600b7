"""Benchmarks: what Easel promises of its speed, measured."""
