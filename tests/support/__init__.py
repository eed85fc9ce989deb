"""Code shared by the tests: servers, callers, bodies, schemas, programs."""
