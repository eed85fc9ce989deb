"""Tests that `test_pytest_plugin.py` copies elsewhere and runs with pytest."""
