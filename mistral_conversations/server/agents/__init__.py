"""The agents of `LocalServer`: kept in versions, and asked for by operations."""
