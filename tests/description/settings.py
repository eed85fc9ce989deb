"""What the program passes to the hooks, which run in the process of schemathesis."""

__all__ = ["COUNTS", "KEY", "STREAM", "URL"]

URL = "LOCAL_SERVER_URL"
"""The variable with the URL of the server."""

COUNTS = "GENERATED_COUNTS"
"""The variable with the path of the file that gets the counts of the answers."""

KEY = "key-of-a-test"

STREAM = "GENERATED_STREAM"
"""The variable with the JSON text of `stream` in the requests: true or false."""
