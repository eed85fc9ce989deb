"""Requests that schemathesis generates from the published description.

`python -m tests.description` sends them to a `LocalServer` and judges the answers.
"""
