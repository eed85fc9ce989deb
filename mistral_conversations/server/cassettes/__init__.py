"""Cassettes: what a service answered, recorded by a server, replayed by another."""
