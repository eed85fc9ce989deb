"""The threads of this process that a test began."""

import threading


def threads_now() -> set[threading.Thread]:
    """Return the threads that run, those that earlier tests left included."""
    return set(threading.enumerate())


def threads_since(earlier: set[threading.Thread]) -> set[threading.Thread]:
    """Return the threads begun since; an earlier one may end at any time."""
    return threads_now() - earlier
