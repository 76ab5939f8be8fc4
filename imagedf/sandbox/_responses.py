"""Requests that the sandbox received, responses to them, and faults that change responses."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the sandbox received it; ``number`` counts from 1."""

    number: int
    path: str
    query: Mapping[str, str]
    account: str | None
    headers: Mapping[str, str]
    method: str = "GET"

    @property
    def page(self) -> int:
        """The requested page; 1 by default."""
        text = self.query.get("page", "1")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 1


@dataclass(frozen=True, slots=True)
class Answer:
    """The response to a request, which faults can change.

    ``cut`` sends only this many bytes of the body and closes the connection; ``drop`` closes it
    without a response; ``delay`` waits this long first [s].
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    drop: bool = False
    delay: float = 0.0

    def with_json(self, change: Callable[[dict[str, Any]], Any]) -> Answer:
        """Return the response with its JSON changed in place by ``change``."""
        page = json.loads(self.body)
        change(page)
        return replace(self, body=json.dumps(page).encode())


Fault = Callable[[Request, Answer], Answer]
"""A function of a request and its response that returns the response to send."""


def on_page(page: int, fault: Fault, *, times: int | None = None) -> Fault:
    """Limit a fault to one page, and optionally to the first requests for it."""
    left = [times]
    lock = threading.Lock()

    def limited(request: Request, answer: Answer) -> Answer:
        if request.page != page:
            return answer
        with lock:
            if left[0] == 0:
                return answer
            if left[0] is not None:
                left[0] -= 1
        return fault(request, answer)

    return limited


def on_path(path: str, fault: Fault, **query: str | None) -> Fault:
    """Limit a fault to one endpoint.

    Parameters
    ----------
    path : str
        A path such as ``/v2/droplets``.
    fault : Fault
        The fault to apply there.
    **query : str or None
        Parameters that the request must have; None for those that it must not have, so
        ``type=None`` selects the list of Droplets without GPUs.

    Returns
    -------
    Fault
        A fault that changes nothing elsewhere.
    """

    def limited(request: Request, answer: Answer) -> Answer:
        asked = {name: request.query.get(name) for name in query}
        return fault(request, answer) if request.path == path and asked == query else answer

    return limited


def status(code: int, **headers: str) -> Fault:
    """Return a fault that responds with a status and an error body like the API's."""
    body = json.dumps({"id": f"error_{code}", "message": f"made-up error {code}"}).encode()
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request, _answer: Answer(code, body, sent)
