"""The files of `LocalServer`: uploaded, generated, and served by signed URLs."""
