"""The libraries of `LocalServer`: documents to upload, process, share and search."""
