"""What the tests of `LocalServer` share."""
