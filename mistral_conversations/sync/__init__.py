"""The blocking clients, for notebooks and scripts."""
