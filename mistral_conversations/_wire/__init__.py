"""Conversion between bytes, JSON and objects; pure, without I/O."""
