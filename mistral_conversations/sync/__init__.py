"""The blocking clients: each method runs its async twin on a shared event loop."""
