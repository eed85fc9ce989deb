"""The addresses that requests go to, and the proxies on their way. No I/O."""
