"""Files on their way to the service: loaded only by clients that upload."""
