"""Streams: frames in, events out, and the response they add up to."""
