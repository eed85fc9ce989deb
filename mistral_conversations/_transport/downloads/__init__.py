"""Files on their way from the service: loaded only by clients that download."""
