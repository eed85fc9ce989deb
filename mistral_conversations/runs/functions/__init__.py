"""Python functions as tools: their description, their call, their result as text."""
