from __future__ import annotations

import pytest

from integration_logs.errors import NeedsOperator
from integration_logs.runtime.settings import Settings, integration_ids, one_of, required, whole_number

GOOD = {"ACCOUNT_NAMES": "main,nl", "BUCKET": "the-bucket", "SECRET_PREFIX": "integration-logs"}


def test_settings() -> None:
    """The settings are what the template wrote."""
    assert Settings.from_environment(GOOD) == Settings(("main", "nl"), "the-bucket", "integration-logs")


@pytest.mark.parametrize("names", [" main , nl ", "main,nl,", ",main,,nl"])
def test_account_names_with_blanks(names: str) -> None:
    """Blanks and spare commas between account names mean nothing."""
    assert Settings.from_environment({**GOOD, "ACCOUNT_NAMES": names}).accounts == ("main", "nl")


@pytest.mark.parametrize(
    "names", [",", "main,main", "main, main", "a/b", "ma in", "main,../x", "é", "x" * 41, "main\nnl", "a.b", "a_b"]
)
def test_account_names_that_are_none(names: str) -> None:
    """A name that could not stand in a key, and one given twice, is refused by the template's parameter."""
    with pytest.raises(NeedsOperator, match="AccountNames"):
        Settings.from_environment({**GOOD, "ACCOUNT_NAMES": names})


@pytest.mark.parametrize("value", [None, "", "  "])
@pytest.mark.parametrize("name", GOOD)
def test_a_setting_that_is_missing(name: str, value: str | None) -> None:
    """What is unset or empty is asked for by its name."""
    environment = {key: text for key, text in {**GOOD, name: value}.items() if text is not None}
    with pytest.raises(NeedsOperator, match=name):
        Settings.from_environment(environment)


def test_required() -> None:
    """A value comes without the blanks around it."""
    assert required({"X": " y "}, "X") == "y"


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("100", 100), (" 25 ", 25), ("007", 7)])
def test_whole_number(text: str, number: int) -> None:
    """A whole number within its bounds, both included, is taken."""
    assert whole_number({"X": text}, "X", least=1, most=100) == number


@pytest.mark.parametrize("text", ["0", "101", "-1", "1.5", "ten", "1e2", "9" * 5000, ""])
def test_no_whole_number(text: str) -> None:
    """Anything else is refused with the name, and quoted in short."""
    with pytest.raises(NeedsOperator, match="X") as caught:
        whole_number({"X": text}, "X", least=1, most=100)
    assert len(str(caught.value)) < 200


def test_one_of() -> None:
    """One of the allowed words is taken, anything else refused with all of them."""
    assert one_of({"X": "auto"}, "X", ("auto", "account")) == "auto"
    with pytest.raises(NeedsOperator, match="auto, account"):
        one_of({"X": "Auto"}, "X", ("auto", "account"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        (" , ", {}),
        ("main/101", {"main": (101,)}),
        (" main/101 ,nl/7,main/102,", {"main": (101, 102), "nl": (7,)}),
        (f"main/{2**63 - 1}", {"main": (2**63 - 1,)}),
    ],
)
def test_integration_ids(text: str, found: dict[str, tuple[int, ...]]) -> None:
    """The integrations that are named are had by account; an account that is not named has all of its own."""
    assert integration_ids({"INTEGRATION_IDS": text}, ("main", "nl")) == found


def test_no_integration_ids() -> None:
    """Without the setting, every account has all of its integrations."""
    assert integration_ids({}, ("main",)) == {}


@pytest.mark.parametrize(
    "text", ["101", "main", "main/", "main/0", "main/-1", "main/01", "main/x", "other/1", "/1", "main/1/2", "main/1 2"]
)
def test_integration_ids_that_are_none(text: str) -> None:
    """What names no integration of a configured account is refused by the template's parameter, and quoted in short."""
    with pytest.raises(NeedsOperator, match="IntegrationIds") as caught:
        integration_ids({"INTEGRATION_IDS": f"main/7,{text}" + "," + "x" * 500}, ("main",))
    assert text in str(caught.value)
    assert len(str(caught.value)) < 200
