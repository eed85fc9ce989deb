"""The agents of `LocalServer`: their operations, settings and versions."""
