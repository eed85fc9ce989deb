"""The calls of a turn: their tools, the decisions about them, their execution."""
