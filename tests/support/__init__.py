"""What the tests share: servers, callers, bodies, schemas, programs."""
