import pytest

from tests.server.conftest import Serve

from .shelving import Librarian


@pytest.fixture
def librarian(serve: Serve) -> Librarian:
    """Call a server that echoes."""
    return Librarian(serve().base_url)
