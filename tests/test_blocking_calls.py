"""The watch of this suite on calls that block the loop."""

import pytest
from blockbuster import BlockBuster, BlockingError

from mistral_conversations import __file__ as ours

SLEEP = compile("import time; time.sleep(0)", ours, "exec")


@pytest.mark.anyio
async def test_library_that_blocks_the_loop_fails() -> None:
    with pytest.raises(BlockingError, match=r"time\.sleep"):
        exec(SLEEP)


def test_library_may_block_where_no_loop_runs() -> None:
    exec(SLEEP)


@pytest.mark.anyio
async def test_test_may_allow_it(nothing_blocks: BlockBuster) -> None:
    nothing_blocks.deactivate()
    exec(SLEEP)
