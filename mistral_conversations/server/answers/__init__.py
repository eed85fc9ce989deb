"""The answers of `LocalServer`: the model's turns, made into events and entries."""
