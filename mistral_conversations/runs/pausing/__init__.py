"""Runs that wait for decisions: the pause, and the pause as JSON text."""
