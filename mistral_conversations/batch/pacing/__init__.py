"""The pacing of a batch: when its requests may be sent, by what the service allows."""
