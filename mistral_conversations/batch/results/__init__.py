"""The results file of a batch, from which another batch continues."""
