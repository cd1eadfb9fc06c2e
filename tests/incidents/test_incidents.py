"""Each named incident leads to the messages that its file lists: none missing, none too many, none twice."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

from sandbox.incidents import __main__ as command
from sandbox.incidents.incident import EVERY, FOLDER, SWEEP, IncidentError, load, names
from sandbox.incidents.player import RULES, Told, play
from sandbox.incidents.told import Event, Notice, differences

ROOT = Path(__file__).parents[2]
NAMED = {
    "back-dated-burst",
    "certificate-expires",
    "flapping",
    "host-blocks",
    "keys-revoked",
    "sendcloud-down",
    "sendcloud-keys-revoked",
    "shop-moves",
    "silent-stop",
    "wemasy-disconnected",
    "wemasy-down",
}


@pytest.mark.parametrize("name", names())
def test_what_is_told_is_what_the_file_lists(name: str) -> None:
    """An incident leads to exactly its messages, each at its check, on the bus and to the topic."""
    incident = load(name)
    told = play(incident)
    assert differences(incident.messages, told.events, told.notices) == []


def test_the_named_ones_are_there() -> None:
    """None of the named incidents gets lost, and each expects something to be told."""
    assert set(names()) >= NAMED
    assert all(load(name).messages for name in names())


def test_every_kind_of_message_about_a_shop_is_played() -> None:
    """Between them the incidents lead to every kind of message, but for the archive's own."""
    kinds = {message.kind for name in names() for message in load(name).messages}
    assert kinds == {
        "Integration Status Changed",
        *(f"Problem {what}" for what in ("Opened", "Escalated", "Resolved", "Regressed")),
    }


def test_the_player_keeps_to_the_templates_defaults() -> None:
    """What is played is what a stack without a parameter of its own does."""
    parameters = yaml_parse((ROOT / "template.yaml").read_text())["Parameters"]

    def default(name: str) -> object:
        return parameters[name]["Default"]

    for name, minute in (("FetchSchedule", 0), ("StatusSchedule", 1)):  # the check sees what the tick before it brought
        assert default(name) == f"cron({minute}/{EVERY // timedelta(minutes=1)} * * * ? *)"
    assert default("SweepSchedule") == f"cron({SWEEP.minute} {SWEEP.hour} * * ? *)"
    assert default("ChecksToConfirm") == RULES.confirm
    assert timedelta(minutes=float(str(default("SilentAfterMinutes")))) == RULES.silent_after
    assert timedelta(minutes=float(str(default("ResolveAfterMinutes")))) == RULES.resolve_after
    assert default("EscalationFactor") == RULES.escalation_factor


@pytest.fixture(scope="module")
def told() -> Told:
    return play(load("certificate-expires"))


def test_a_missing_message_is_seen(told: Told) -> None:
    """Whichever event or notice is left out, the comparison names it."""
    expected = load("certificate-expires").messages
    for n, event in enumerate(told.events):
        found = differences(expected, _without(told.events, n), told.notices)
        assert [each.partition(",")[0].endswith(event.what) for each in found if "missing: the event" in each] == [True]
    for n, notice in enumerate(told.notices):
        found = differences(expected, told.events, _without(told.notices, n))
        assert [notice.subject in each for each in found] == [True]


def test_a_repeated_message_is_seen(told: Told) -> None:
    """Told again at the next check, or under the same id, is told once too often."""
    expected = load("certificate-expires").messages
    again = replace(told.events[0], id="another", at=told.events[0].at + EVERY)
    assert "not expected: the event" in differences(expected, (*told.events, again), told.notices)[0]
    assert "told twice" in differences(expected, (*told.events, told.events[-1]), told.notices)[-1]
    assert "not expected: the notice" in differences(expected, told.events, (*told.notices, told.notices[0]))[0]


def test_a_message_too_late_out_of_order_or_with_other_words_is_seen(told: Told) -> None:
    """Time, order and words count; the time alone does not where it is not the incident's own."""
    expected, (first, *rest) = load("certificate-expires").messages, told.events
    late = (replace(first, at=first.at + EVERY), *rest)
    assert len(differences(expected, late, told.notices)) == 2
    assert differences(expected, late, told.notices, timed=False) == []
    assert differences(expected, told.events[::-1], told.notices, timed=False)
    (difference,) = differences(expected, (replace(first, sentence="It broke."), *rest), told.notices)[:1]
    assert "does not say" in difference
    silent = tuple(replace(each, text="It broke.") for each in told.notices)
    assert any("the notice" in each and "does not say" in each for each in differences(expected, told.events, silent))


def _without[T: (Event, Notice)](messages: tuple[T, ...], n: int) -> tuple[T, ...]:
    return messages[:n] + messages[n + 1 :]


def test_the_command_says_what_is_wrong(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It prints the messages as they were told, and ends with 1 where they are not the expected ones."""
    assert command.main(["wemasy-disconnected"]) == 0
    printed = capsys.readouterr().out
    assert "Tuinwereld Groen: not connected to Sendcloud" in printed
    assert "as expected" in printed
    text = (FOLDER / "wemasy-disconnected.toml").read_text()
    (tmp_path / "wemasy-disconnected.toml").write_text(text.replace('at = "0:30"', 'at = "0:35"'))
    monkeypatch.setattr(command, "load", lambda name: load(name, tmp_path))
    assert command.main(["wemasy-disconnected"]) == 1
    assert "missing: the event 0:35" in capsys.readouterr().out


def test_the_command_lists_and_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a name it lists what there is; a name that there is not is a sentence and exit code 2."""
    assert command.main([]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == set(names())
    assert command.main(["no-such"]) == 2
    assert "There is no incident no-such" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('title = "', 'titel = "', "titel"),
        ('ends = "3:30"', "", "ends is missing"),
        ('at = "0:23"', 'at = "23 minutes"', "'23 minutes' is no time such as 1:05"),
        ('at = "0:23"', 'at = "9:00"', "a step is after the end"),
        ("modes = { wemasy_connected = false }", "", "the step at 0:23 has none of"),
        ("modes = { wemasy_connected = false }", 'shop = { state = "breaks" }', "the state of a shop is one of"),
        ("modes = { wemasy_connected = false }", 'keys = "lost"', "keys are one of revoked, entered"),
        ('at = "0:23"', 'at = "0:23"\nevery = "0:00"\nuntil = "1:00"', "every is 0:01 or more"),
        ('kind = "Integration Status', 'kinds = "Integration Status', "kinds"),
        ("[[step]]", "[[step]", "."),
    ],
)
def test_a_file_that_is_no_incident_is_explained(tmp_path: Path, old: str, new: str, says: str) -> None:
    """Whoever adds an incident is told which file, and what is wrong with it."""
    text = (FOLDER / "wemasy-disconnected.toml").read_text()
    assert old in text
    (tmp_path / "mine.toml").write_text(text.replace(old, new, 1))
    with pytest.raises(IncidentError, match=r"^mine\.toml: ") as raised:
        load("mine", tmp_path)
    assert says in str(raised.value)


def test_a_readers_own_incident_is_played(tmp_path: Path) -> None:
    """A data file alone is enough: copied and changed, it leads to what it says."""
    shutil.copy(FOLDER / "silent-stop.toml", tmp_path / "mine.toml")
    text = (
        (tmp_path / "mine.toml").read_text().replace("400005", "400002").replace("Speelgoed Stip", "Lampenhuis Noord")
    )
    (tmp_path / "mine.toml").write_text(text)
    incident = load("mine", tmp_path)
    told = play(incident)
    assert differences(incident.messages, told.events, told.notices) == []
