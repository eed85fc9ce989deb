"""Bytes and JSON to objects and back; pure, without I/O."""
