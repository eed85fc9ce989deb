"""Tests of the local server, without the client."""
