"""The tools of MCP servers in a run."""
