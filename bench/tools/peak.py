"""How much memory a process has held at most."""

from __future__ import annotations

import resource
from pathlib import Path


def peak(process: int | None = None) -> int:
    """Bytes, of this process or of one by its number; 0 where it has ended.

    What Linux tells of a process's use of resources begins with the peak of whoever started it; this does not.
    """
    try:
        status = Path(f"/proc/{process or 'self'}/status").read_text()
    except OSError:
        return 0 if process else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return 1024 * int((status.partition("VmHWM:")[2].split() or ["0"])[0])
