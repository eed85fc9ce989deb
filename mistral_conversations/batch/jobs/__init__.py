"""Batches that the service's own batch jobs answer: `via="batch_jobs"`."""
