"""Tell a WebSub hub which feeds have changed, so that it sends them to their subscribers at once.

The specification (W3C WebSub, section 6) leaves open how a publisher does that. What hubs have in common is a form with
``hub.mode=publish`` and the feed's address: some read it from ``hub.url``, others from ``hub.topic``, and most take one
feed in a request.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlencode

from dateline.errors import FeedError, printable, quoted
from dateline.http_client import Answer, Client

DELAYS = (1.0, 2.0, 4.0)  # seconds before each further attempt
MAX_DELAY = 15.0  # seconds that a hub may ask to wait
TIME_LIMIT = 90.0  # seconds for all feeds; no request begins later
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Pinged(NamedTuple):
    """What came of telling the hub about a feed, `topic` being its address, and in words what the hub said."""

    topic: str
    ok: bool
    said: str


def ping(hub: str, topics: Sequence[str], client: Client) -> list[Pinged]:
    """Tell the hub about feeds, one request for each, and try again where that may help.

    Once the hub is out of order after all attempts, it isn't asked about the other feeds. The hub of a public site is
    public: otherwise, feed.toml in a cloned repository could have this machine post to others on its network.
    """
    told: list[Pinged] = []
    deadline, given_up = time.monotonic() + TIME_LIMIT, ""
    if topics:
        with suppress(FeedError):
            client.request("HEAD", topics[0])  # from now on, the client knows whether it may go to private addresses
    for topic in topics:
        if given_up:
            told.append(Pinged(topic, False, given_up))
            continue
        pinged, is_temporary = _ping_one(hub, topic, client, deadline)
        told.append(pinged)
        if is_temporary or time.monotonic() > deadline:
            given_up = f"not tried, since the hub {'is out of order' if is_temporary else 'takes too long'}"
    return told


def _ping_one(hub: str, topic: str, client: Client, deadline: float) -> tuple[Pinged, bool]:
    """Tell the hub about a feed; also return whether it failed in a way that may pass by itself."""
    body = urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}).encode()
    for delay in (*DELAYS, None):
        asked_for = 0.0
        try:
            answer = client.request("POST", hub, _FORM, body)
        except FeedError as error:
            said = error.problem.problem
        else:
            said, is_ok = _said(answer), 200 <= answer.status < 300
            if is_ok or not (answer.status == 429 or answer.status >= 500):
                return Pinged(topic, is_ok, said), False
            asked_for = _retry_after(answer)
        wait = max(delay or 0, asked_for)
        if delay is None or asked_for > MAX_DELAY or time.monotonic() + wait > deadline:
            break
        time.sleep(wait)
    return Pinged(topic, False, said), True


def _said(answer: Answer) -> str:
    """Return what the hub answered, with the first line of its explanation unless all is well."""
    said = f"the hub answers {answer.status} {answer.reason}".rstrip()
    if 200 <= answer.status < 300:
        return said
    if 300 <= answer.status < 400 and (place := answer.headers.get("location")):
        # Subscribers read the same address from the feed, and not all of them follow a redirect of a POST either.
        return printable(f"{said}, and leads to {quoted(place, 200)}; if it has moved, correct hub in feed.toml")
    explanation = answer.body[:2000].decode("utf-8", "replace").strip().partition("\n")[0].strip()
    is_text = answer.headers.get("content-type", "").startswith("text/plain")
    return f"{said}: {printable(quoted(explanation, 120))}" if explanation and is_text else said


def _retry_after(answer: Answer) -> float:
    """Return how many seconds the hub asks to wait, 0 if it asks for none, or names a date."""
    wanted = answer.headers.get("retry-after", "")
    return float(wanted[:9]) if wanted.isdecimal() and wanted.isascii() else 0.0
