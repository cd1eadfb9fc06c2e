"""The redactor of an account, made on first use.

Its rules are some hundred regular expressions, and an idle tick, which meets only records that have landed, uses none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from integration_logs.json_types import JsonValue

if TYPE_CHECKING:
    from integration_logs.redaction.redactor import Policy, Redactor


class LateRedactor:
    """Redacts as a ``Redactor`` of these keys and this policy does, with pseudonyms where there is a key for them."""

    def __init__(
        self, keys: Iterable[str] = (), *, pseudonym_key: Callable[[], str] | None = None, policy: Policy = "mask"
    ) -> None:
        self._keys, self._pseudonym_key, self._policy = tuple(keys), pseudonym_key, policy

    def record(self, record: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """See ``Redactor.record``."""
        return self._redactor.record(record)

    def value(self, value: JsonValue) -> JsonValue:
        """See ``Redactor.value``."""
        return self._redactor.value(value)

    @cached_property
    def _redactor(self) -> Redactor:
        from integration_logs.redaction.marks import Pseudonyms  # noqa: PLC0415
        from integration_logs.redaction.redactor import Redactor  # noqa: PLC0415  # late, as said above

        pseudonyms = Pseudonyms(self._pseudonym_key) if self._pseudonym_key else None
        return Redactor(self._keys, pseudonyms=pseudonyms, policy=self._policy)
