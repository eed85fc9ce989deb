import pytest

from tests.server.conftest import Serve
from tests.support.local.library_caller import Librarian


@pytest.fixture
def librarian(serve: Serve) -> Librarian:
    """Call a server that echoes."""
    return Librarian(serve().base_url)
