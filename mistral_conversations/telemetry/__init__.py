"""Spans and metrics for OpenTelemetry; `settings` alone does not import it. Private."""
