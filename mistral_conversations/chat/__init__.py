"""A chat: one conversation, bound to its parameters, turn after turn."""
