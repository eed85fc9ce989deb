"""Streamed runs: the course of one, what reads it, and the class that users see."""
