"""S3 calls side by side: one takes 25 ms, nearly all of it waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

AT_ONCE = 16
"""More gain nothing: boto3 takes 2 ms of a processor for a call, which is what is then waited for (decision 0045). A
client needs as many connections."""


def side_by_side[T, R](work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """What ``work`` makes of each item, in their order.

    Raises the first item's error when everything that had begun has ended; what had not is left out.
    """
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="s3") as pool:
        try:
            return [future.result() for future in [pool.submit(work, item) for item in items]]
        finally:
            pool.shutdown(cancel_futures=True)
