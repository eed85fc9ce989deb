"""The conversations of `LocalServer`: their operations, schemas and store."""
