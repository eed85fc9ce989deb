"""What `test_pytest_plugin.py` copies elsewhere and runs there by pytest."""
