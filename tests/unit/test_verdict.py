from __future__ import annotations

import itertools

import pytest

from check_status.verdict import NO_TOKEN, of_answer, of_error
from integration_logs.errors import ContractBroken, NeedsOperator, TryLater
from integration_logs.wemasy import IntegrationStatus

TABLE = {
    (True, True): "healthy",
    (True, False): "disconnected",
    (True, None): "unknown",
    (False, True): "inactive",
    (False, False): "inactive",
    (False, None): "inactive",
    (None, True): "unknown",
    (None, False): "unknown",
    (None, None): "unknown",
}
"""is_active and is_connected."""


def status(is_active: bool | None, is_connected: bool | None) -> IntegrationStatus:
    return IntegrationStatus("1", is_active, is_connected, True, None, None, None)


@pytest.mark.parametrize(("flags", "name"), TABLE.items())
def test_an_answer(flags: tuple[bool | None, bool | None], name: str) -> None:
    """Each answer there can be has its word; a flag that is not known is never taken for a no."""
    verdict = of_answer(status(*flags))
    assert verdict.name == name


def test_the_table_is_whole() -> None:
    """No combination of flags is left out."""
    assert set(TABLE) == set(itertools.product((True, False, None), repeat=2))


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (NeedsOperator("Renew."), "credentials_rejected"),
        (TryLater("Down."), "unreachable"),
        (ContractBroken("Odd."), "unknown"),
    ],
)
def test_no_answer(error: TryLater | NeedsOperator | ContractBroken, name: str) -> None:
    """Each kind of failure has its word, and its own sentence says what to do."""
    verdict = of_error(error)
    assert (verdict.name, verdict.sentence) == (name, str(error))


def test_every_sentence_is_one_for_people() -> None:
    """A verdict ends in a full stop and names WeMaSy, whose side it is."""
    verdicts = [NO_TOKEN, *(of_answer(status(*flags)) for flags in TABLE)]
    assert NO_TOKEN.name == "unknown"
    assert all(verdict.sentence.endswith(".") and "WeMaSy" in verdict.sentence for verdict in verdicts)
