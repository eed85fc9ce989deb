"""The version, for the package, its distribution and the User-Agent header."""

__version__ = "0.1.0"
