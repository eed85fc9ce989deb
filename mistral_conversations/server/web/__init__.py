"""The HTTP side of `LocalServer`: reading, checking, recording and responding."""
