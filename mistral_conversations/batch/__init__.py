"""Many conversations at once: rows, their pace, their results."""
