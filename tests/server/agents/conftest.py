import pytest

from tests.server.conftest import Serve
from tests.support.local.agent_caller import AgentCaller


@pytest.fixture
def caller(serve: Serve) -> AgentCaller:
    """Call a server that echoes."""
    return AgentCaller(serve().base_url)
