"""Cassettes: what a service answered, recorded once and replayed by a server."""
