"""Runs: the model calls Python functions until it is done."""
