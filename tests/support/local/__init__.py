"""Code shared by the tests of `LocalServer`."""
