"""A lock that Ctrl-C does not leave acquired."""

from concurrent.futures import ThreadPoolExecutor

from mistral_conversations.sync.signal_safe_lock import SignalSafeLock
from tests.support.interruption import interrupted_at


def test_ctrl_c_at_any_step_leaves_it_as_it_was() -> None:
    lock = SignalSafeLock()
    entered: list[bool] = []

    def enter() -> None:
        with lock:
            entered.append(True)

    with ThreadPoolExecutor(1) as pool:
        for held in (False, True):
            step = 1
            if held:
                lock.acquire()
            while interrupted_at(step, enter, KeyboardInterrupt):
                assert pool.submit(is_free, lock).result() is not held, step
                step += 1
            assert step > 5
    assert entered


def test_it_keeps_other_threads_out_until_the_outer_block_ends() -> None:
    lock = SignalSafeLock()
    with ThreadPoolExecutor(1) as pool:
        with lock:
            with lock:
                assert not pool.submit(is_free, lock).result()
            assert not pool.submit(is_free, lock).result()
        assert pool.submit(is_free, lock).result()


def is_free(lock: SignalSafeLock) -> bool:
    """Return whether this thread can acquire a lock now."""
    if acquired := lock.acquire(blocking=False):
        lock.release()
    return acquired
