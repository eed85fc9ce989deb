"""Libraries of documents: uploaded, processed, shared and searched on this machine."""
