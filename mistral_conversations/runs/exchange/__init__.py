"""What a run sends to the service, and what it reads from the history."""
