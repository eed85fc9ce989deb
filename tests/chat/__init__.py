"""Chats: one conversation, turn after turn."""
