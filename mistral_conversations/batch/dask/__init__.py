"""Rows that the workers of a Dask cluster ask."""
