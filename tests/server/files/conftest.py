import pytest

from tests.support.local.file_caller import FileCaller
from tests.support.local.http_caller import Serve


@pytest.fixture
def caller(serve: Serve) -> FileCaller:
    """Call a server that echoes."""
    return FileCaller(serve().base_url)
