"""The list of models of `LocalServer`."""
