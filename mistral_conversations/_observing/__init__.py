"""What hooks and tracing see of calls, streams, runs and functions. Private."""
