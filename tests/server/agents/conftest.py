import pytest

from tests.server.conftest import Serve
from tests.support.local.agent_caller import Manager


@pytest.fixture
def manager(serve: Serve) -> Manager:
    """Call a server that echoes."""
    return Manager(serve().base_url)
