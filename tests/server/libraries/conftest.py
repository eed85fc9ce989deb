import pytest

from tests.support.local.http_caller import Serve
from tests.support.local.library_caller import LibraryCaller


@pytest.fixture
def caller(serve: Serve) -> LibraryCaller:
    """Call a server that echoes."""
    return LibraryCaller(serve().base_url)
