"""
Runs the cases of a client program as a test asks for them: a line of standard input names a case, a line of standard
output answers it, in JSON, with what went wrong or null. The broker's address is the program's first argument.
"""

import asyncio
import inspect
import json
import sys
import time
import traceback
import uuid

bootstrap = sys.argv[1]

_cases = {}


def case(sentence, *arguments):
    """Registers a function, or a coroutine function, as the case of that name."""

    def register(function):
        _cases[sentence] = lambda: function(*arguments)
        return function

    return register


def unique(name):
    """A name that no other case has: all of them share one broker."""
    return f"{name}-{uuid.uuid4().hex[:8]}"


def equal(actual, expected):
    """Fails unless both are equal, and says what they are."""
    if actual != expected:
        raise AssertionError(f"expected {expected!r}, got {actual!r}")


def until(condition, what, seconds=15):
    """Asks until the condition is true, or fails: the clients' own polls in it are what waits."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for {what}")


def patiently(condition, what):
    """Waits for a condition that comes true elsewhere: in another thread, or in the broker."""
    until(lambda: condition() or time.sleep(0.02), what)


def raises(kind, work):
    """The error of that kind which the work ends with."""
    try:
        work()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__} was raised")


def _run(sentence):
    if sentence not in _cases:
        return f"this program has no case named {sentence!r}, only {sorted(_cases)}"
    try:
        result = _cases[sentence]()
        if inspect.iscoroutine(result):
            asyncio.run(result)
        return None
    except Exception:
        return traceback.format_exc()


def serve():
    """Answers until standard input ends."""
    for line in sys.stdin:
        print(json.dumps(_run(line.rstrip("\n"))), flush=True)
