"""Streams and runs as bytes for browsers: one module for each protocol."""
