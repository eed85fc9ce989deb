"""Batches: many conversations at once."""
