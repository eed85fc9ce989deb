"""Cassettes: what a service answered, recorded by one server and replayed by another."""
