"""Progress for a person who watches: each step shows what it does, for how long, and how it ended."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEARTBEAT = 2.0
"""Seconds between two lines of a step that is still running, where there is no terminal."""


class StepFailedError(Exception):
    """A step failed; the message says what to do."""


class Steps:
    """Shows the steps on a console: a moving line on a terminal, a line every so often elsewhere."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console()

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """One step. The callable that it yields sets the note beside the title."""
        begun = time.monotonic()
        state = {"note": ""}
        done = threading.Event()
        status = self.console.status(title)

        def tell(note: str) -> None:
            state["note"] = note

        def line() -> str:
            note = f" · {state['note']}" if state["note"] else ""
            return f"{title}{note} · {time.monotonic() - begun:.0f} s"

        def beat() -> None:
            interval = 0.2 if self.console.is_terminal else HEARTBEAT
            while not done.wait(interval):
                if self.console.is_terminal:
                    status.update(line())
                else:
                    self.console.print(f"  … {line()}", soft_wrap=True)

        thread = threading.Thread(target=beat, daemon=True)
        if self.console.is_terminal:
            status.start()
        thread.start()
        mark = "[red]✗[/red]"
        try:
            yield tell
            mark = "[green]✓[/green]"
        except KeyboardInterrupt:
            mark = "■"
            raise
        finally:
            done.set()
            thread.join()
            if self.console.is_terminal:
                status.stop()
            self.console.print(f"{mark} {line()}", soft_wrap=True)
