import pytest

from tests.support.local.agent_caller import AgentCaller
from tests.support.local.http_caller import Serve


@pytest.fixture
def caller(serve: Serve) -> AgentCaller:
    """Call a server that echoes."""
    return AgentCaller(serve().base_url)
