"""What every program here needs: refusals that must come, waiting, and hosts on loopback."""

import contextlib
import time
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

PATIENCE = 60


def claim(text):
    """Says what has just been shown; the test compares these lines."""
    print(text, flush=True)


@contextlib.contextmanager
def refused(kind, check):
    """The block must be refused by exactly this class, with what `check` finds in it."""
    try:
        yield
    except Exception as error:
        assert type(error) is kind, f"{type(error).__name__} instead of {kind.__name__}: {error}"
        assert check(error), f"{kind.__name__}, but: {error} {vars(error)}"
    else:
        raise AssertionError(f"no {kind.__name__}")


def until(kind, attempt):
    """Tries until it is no longer refused so: platforms take their time."""
    ends = time.monotonic() + PATIENCE
    while True:
        try:
            return attempt()
        except kind:
            if time.monotonic() > ends:
                raise
            time.sleep(0.2)


def until_refused(kind, attempt):
    """Tries until it is refused so, and gives the refusal."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        try:
            attempt()
        except kind as error:
            return error
        time.sleep(0.2)
    raise AssertionError(f"no {kind.__name__} within {PATIENCE} s")


class Loopback(HTTPAdapter):
    """For an SDK that insists on https and on the platform's own host: only scheme and host of the
    request are rewritten, and put back on the request that the SDK is shown with the answer. Path,
    query, headers and body stay what the SDK made of them, and answers what the server made."""

    def __init__(self, base, host):
        super().__init__()
        self.base, self.host = urlsplit(base), host

    def send(self, request, **how):
        url = urlsplit(request.url)
        request.url = url._replace(scheme=self.base.scheme, netloc=self.base.netloc).geturl()
        answer = super().send(request, **how)
        request.url = url._replace(scheme="https", netloc=self.host).geturl()
        return answer


def loopback(base, host):
    """A session that finds `host` at `base`, also where an answer links to `base` itself."""
    session = requests.Session()
    for prefix in ("https://", base):
        session.mount(prefix, Loopback(base, host))
    return session
