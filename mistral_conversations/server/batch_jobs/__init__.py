"""The batch jobs of LocalServer."""
