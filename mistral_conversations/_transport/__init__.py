"""HTTP: the only place of the client that knows aiohttp."""
