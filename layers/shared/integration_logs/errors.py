"""What can go wrong, named by what the caller does next.

::

    IntegrationLogsError
    ├── TryLater         the same work will succeed later: a time-out, a reset, 429, 5xx, a lost compare-and-swap
    ├── NeedsOperator    nothing will change until a person acts: a missing secret, a wrong setting, a bad certificate
    │   ├── CredentialsRejected      401 or 403: nothing will change until the secret does
    │   └── ObjectUnreadable         an archive object that is damaged or none of ours
    └── ContractBroken   the other side answered something its documentation rules out; look before you retry

A caller catches the class, never the text. The text is for people: one sentence that says what happened and,
for ``NeedsOperator``, what to do. It never holds a credential, a query string or a response body.
"""

from __future__ import annotations


class IntegrationLogsError(Exception):
    """Any failure this project names. Catch one of its three kinds instead wherever they differ."""

    @property
    def kind(self) -> str:
        """The name of its class in the tree above."""
        return next(each.__name__ for each in type(self).__mro__ if each.__module__ == __name__)


class TryLater(IntegrationLogsError):
    """The same request may succeed later.

    ``retry_after`` is the time in seconds that the other side asked for, or ``None`` where it named none.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NeedsOperator(IntegrationLogsError):
    """Nothing changes until a person acts; the message says who does what."""


class CredentialsRejected(NeedsOperator):
    """The other side refused the credentials (401, 403); asking again with the same ones is of no use."""


class ObjectUnreadable(NeedsOperator):
    """An archive object that is damaged or none of ours; ``key`` names it, also to callers of the API."""

    def __init__(self, message: str, *, key: str) -> None:
        super().__init__(message)
        self.key = key


class ContractBroken(IntegrationLogsError):
    """An answer that the documented contract rules out."""
