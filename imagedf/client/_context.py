"""What all parts of one listing share."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from imagedf.client._budget import Clock
from imagedf.client._progress import Progress
from imagedf.client._settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """Settings, clock and progress of a fetch, and the event that ends this listing."""

    settings: Settings
    clock: Clock
    progress: Progress
    stop: threading.Event = field(default_factory=threading.Event)
