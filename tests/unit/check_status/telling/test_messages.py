"""What is sent, in words; and the contract of the events."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from check_status.happenings import KINDS, Happening
from check_status.problems.lifecycle import Problems, step
from check_status.telling.messages import MOST_IN_FULL, event, is_noticed, notice, sentence
from check_status.verdicts.names import NAMES
from check_status.verdicts.verdict import TABLE
from check_status.wording import CAUSES, HEADLINES, LANGUAGES, SENTENCES, VERDICTS, WHO
from docs import event_schemas
from integration_logs.records.remedies import WHO as ROLES
from tests.unit.check_status.summarised import HOUR, MINUTE, NOON, TODAY, found, summary, watch
from tests.unit.house.test_house import ROOT

EXAMPLES = event_schemas.examples()
HOSTILE = 'Evil\n\r\t"Shop" <!channel> \\ `x` {records} \u202e\x00\x1b[31m' + "x" * 5000


def changed(verdict: str = "disconnected", previous: str | None = "healthy", **others: Any) -> Happening:
    detail = {**EXAMPLES["Integration Status Changed"].detail, "verdict": verdict, "previous": previous}
    return Happening(**(vars(EXAMPLES["Integration Status Changed"]) | {"detail": detail} | others))


def of(kind: str, **problem: Any) -> Happening:
    """The example of a kind, its problem with other facts."""
    example = EXAMPLES[kind]
    facts: Any = example.detail["problem"]
    return Happening(**(vars(example) | {"detail": {**example.detail, "problem": {**facts, **problem}}}))


def strict(schema: Any) -> Any:
    """The schema, with every field named: what it does not know fails."""
    if isinstance(schema, dict):
        closed = {"additionalProperties": False} if "properties" in schema else {}
        return {name: strict(each) for name, each in schema.items()} | closed
    return [strict(each) for each in schema] if isinstance(schema, list) else schema


@cache
def validator(kind: str) -> Any:
    schema = json.loads((ROOT / event_schemas.file_of(kind)).read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(strict(schema), format_checker=FormatChecker())


def assert_keeps_to_its_schema(happening: Happening) -> None:
    validator(happening.kind).validate(json.loads(json.dumps(event(happening))))


# --- the contract ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", event_schemas.files())
def test_the_contract_is_written_down(name: str) -> None:
    """The schemas and the page are what ``make docs`` would write, with an example of each kind."""
    assert (ROOT / name).read_text() == event_schemas.files()[name]


def test_every_kind_has_a_schema_and_no_other_is_there() -> None:
    """One schema for each kind of event."""
    assert set(event_schemas.KINDS) == set(KINDS) == set(EXAMPLES)
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / event_schemas.FOLDER).iterdir()}
    assert files == {event_schemas.file_of(kind) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_keeps_to_its_schema(kind: str) -> None:
    """What is sent has every field of its schema, and no other."""
    assert_keeps_to_its_schema(EXAMPLES[kind])
    sent = event(EXAMPLES[kind])
    schema = json.loads((ROOT / event_schemas.file_of(kind)).read_text())
    for field in sent:
        assert not Draft202012Validator(schema).is_valid({name: each for name, each in sent.items() if name != field})


@pytest.mark.parametrize("verdict", NAMES)
def test_every_status_is_an_event(verdict: str) -> None:
    """Any status, from any status or none, of an integration or an account, keeps to the schema."""
    for previous in (None, *NAMES):
        assert_keeps_to_its_schema(changed(verdict, previous))
        assert_keeps_to_its_schema(changed(verdict, previous, integration_id=None))


@pytest.mark.parametrize(
    "facts",
    [
        dict.fromkeys(("exception_type", "method", "host", "response_code", "path", "remedy")),
        {"remedy": "no-longer-in-the-catalogue", "paths": [], "sample_ids": []},
        {"method": "", "exception_type": "", "host": "", "path": ""},
        dict.fromkeys(("exception_type", "method", "host", "path"), HOSTILE) | {"paths": [HOSTILE] * 5},
    ],
    ids=["nothing known", "unknown remedy", "empty texts", "hostile texts"],
)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith("Problem")])
def test_whatever_a_record_holds_is_an_event_and_a_notice(kind: str, facts: dict[str, Any]) -> None:
    """No record's content breaks an event's schema, its size, or SNS' rules for a subject."""
    happening = of(kind, **facts)
    assert_keeps_to_its_schema(happening)
    assert len(json.dumps(event(happening)).encode()) < 16 * 1024
    for language in LANGUAGES:
        assert_may_be_sent(notice([happening], language))


def assert_may_be_sent(message: Any) -> None:
    assert message.subject.isascii()
    assert message.subject.isprintable()
    assert 0 < len(message.subject) <= 100
    assert message.subject[0].strip()
    assert 0 < len(message.text.encode()) < 64 * 1024
    assert not [sign for sign in message.text if not sign.isprintable() and sign != "\n"]


@given(st.text(max_size=400), st.text(max_size=400))
def test_no_text_from_outside_can_do_harm(name: str, path: str) -> None:
    """Whatever a shop and its paths are called: no control signs, no markup, no quotes, no long lines."""
    example = of("Problem Opened", path=path, paths=[path], host=name, exception_type=path)
    happening = Happening(**(vars(example) | {"detail": {**example.detail, "shop_name": name}}))
    assert_keeps_to_its_schema(happening)
    said: Any = event(happening)["sentence"]
    for language in LANGUAGES:
        assert_may_be_sent(notice([happening], language))
        assert not set('<>"\\`\n') & set(said[language])
        assert len(said[language]) < 3000


def test_a_hostile_name_stays_a_name() -> None:
    """A name can neither call a whole chat, nor break a template, nor fill in what is not its own."""
    example = EXAMPLES["Problem Opened"]
    happening = Happening(**(vars(example) | {"detail": {**example.detail, "shop_name": HOSTILE}}))
    said = sentence(happening, "en")
    assert said.startswith("Evil 'Shop' ‹!channel› / 'x' {records} ")
    assert len(said) < 800
    assert json.loads('{"text": "' + said + '"}')["text"] == said
    assert str(event(happening)["shop_name"]).startswith("Evil 'Shop' ‹!channel› / 'x' {records}  [31mxxx")


# --- the words -------------------------------------------------------------------------------------------------------


def test_a_notice_says_what_where_since_when_who_and_what_to_do() -> None:
    """The shop owner reads all of it, in English or in Dutch."""
    english = notice([EXAMPLES["Problem Opened"]], "en")
    assert english.subject == "Bloem & Zo: new problem"
    for part in (
        "Bloem & Zo: GET bloem(.)example/wp-json/wc/v3/orders/{id} failed with SSLError, HTTP status 495.",
        "5 times since 22 Nov 2026 07:00 UTC, most recently on 22 Nov 2026 11:00 UTC.",
        "What to do: The shop's TLS certificate has expired",
        "Action by: the webshop's administrator.",
        "Paths: /wp-json/wc/v3/orders/1001, /wp-json/wc/v3/orders/1002",
        f"Message {english.id}.",
    ):
        assert part in english.text
    dutch = notice([EXAMPLES["Problem Opened"]], "nl")
    assert (dutch.subject, dutch.id) == ("Bloem & Zo: nieuw probleem", english.id)
    for part in (
        "mislukte met SSLError, HTTP-status 495",
        "Wat te doen: Het TLS-certificaat",
        "Actie door: de beheerder van de webshop",
    ):
        assert part in dutch.text


def test_what_happened_once_happened_once() -> None:
    """A problem of a single record does not go on "from" a time "to" the same one, in either language."""
    for kind in ("Problem Opened", "Problem Resolved"):
        happening = of(kind, records=1, last_at="2026-11-22T11:00:00.000000Z")
        assert "once, on 22 Nov 2026 11:00 UTC" in sentence(happening, "en")
        assert "één keer, op 22 nov 2026 11:00 UTC" in sentence(happening, "nl")
        assert not {"times", "from"} & set(sentence(happening, "en").partition("What to do")[0].split())


def test_what_no_remedy_is_known_for_is_said_plainly() -> None:
    """Where the catalogue has nothing, the message says so in both languages, and the event has null."""
    happening = of("Problem Opened", remedy=None)
    assert "no remedy is known" in sentence(happening, "en")
    assert "geen oplossing bekend" in sentence(happening, "nl")
    problem: Any = event(happening)["problem"]
    assert problem["remedy"] is None


def test_a_remedy_is_in_the_event_whole() -> None:
    """Programs get the remedy's code, who acts, and its text in both languages."""
    problem: Any = event(EXAMPLES["Problem Opened"])["problem"]
    assert (problem["remedy"]["code"], problem["remedy"]["who"]) == ("certificate-invalid", "shop")
    assert problem["remedy"]["text"]["nl"].startswith("Het TLS-certificaat")


def test_several_happenings_are_one_notice() -> None:
    """What one check found of one integration is one message: the most pressing first, none left out, counted."""
    three = [EXAMPLES[kind] for kind in ("Problem Resolved", "Integration Status Changed", "Problem Opened")]
    together = notice(three, "en")
    assert together.subject == "Bloem & Zo: new problem, and 2 more"
    places = [together.text.index(sentence(each, "en")[:60]) for each in three]
    assert places[2] < places[1] < places[0]
    many = [of("Problem Opened", fingerprint=str(n)) for n in range(MOST_IN_FULL + 3)]
    assert "And 3 more events about this integration" in notice(many, "en").text
    assert_may_be_sent(notice(many * 20, "en"))
    assert notice(three, "en").id != notice(three[:2], "en").id


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("Café Zürich Straße", "Cafe Zurich Strasse: new problem"),
        ("花屋", "Integration 101: new problem"),
        (None, "Integration 101: new problem"),
        ("", "Integration 101: new problem"),
        ("x" * 300, f"{'x' * 59}...: new problem"),
    ],
)
def test_a_subject_is_plain_ascii(name: str | None, subject: str) -> None:
    """SNS takes no other; a name that has no such form is named by its number."""
    example = EXAMPLES["Problem Opened"]
    happening = Happening(**(vars(example) | {"detail": {**example.detail, "shop_name": name}}))
    assert notice([happening], "en").subject == subject


def test_a_long_name_leaves_room_for_what_happened() -> None:
    """However long a name becomes in ASCII, the subject says what has happened, and how much more."""
    example = EXAMPLES["Problem Opened"]
    happening = Happening(**(vars(example) | {"detail": {**example.detail, "shop_name": "﷽" * 60}}))
    assert notice([happening], "en").subject == "Integration 101: new problem"
    happening = Happening(**(vars(example) | {"detail": {**example.detail, "shop_name": "㎯" * 60}}))
    subject = notice([happening] * 3, "en").subject
    assert len(subject) <= 100
    assert subject.startswith("rads2rads2")
    assert subject.endswith(": new problem, and 2 more")


def test_the_account_is_named_where_it_is_meant() -> None:
    """What happened to the whole account names the account."""
    detail = {**EXAMPLES["Integration Status Changed"].detail, "shop_name": None, "verdict": "credentials_rejected"}
    happening = changed(integration_id=None, subject="account")
    happening = Happening(**(vars(happening) | {"detail": detail}))
    assert notice([happening], "nl").subject == "Account main: sleutels geweigerd door Sendcloud of WeMaSy"
    assert "geweigerd door Sendcloud of WeMaSy" in notice([happening], "nl").text
    happening = Happening(**(vars(happening) | {"detail": {**detail, "apis": ["Sendcloud", "WeMaSy"]}}))
    assert notice([happening], "nl").subject == "Account main: sleutels geweigerd door Sendcloud en WeMaSy"
    assert notice([happening], "en").subject == "Account main: keys refused by Sendcloud and WeMaSy"


def test_a_dutch_notice_is_dutch() -> None:
    """A change of status is told in Dutch alone; the verdict's own sentence is English."""
    example = EXAMPLES["Integration Status Changed"]
    assert example.detail["sentence"] not in notice([example], "nl").text
    assert "sinds" in notice([example], "nl").text


@pytest.mark.parametrize(
    ("kind", "others"),
    [
        (
            "Integration Status Changed",
            {"verdict": "unknown", "sentence": "Sendcloud no longer lists this integration."},
        ),
        ("Archive At Risk", {"reason": "Sendcloud answered 500."}),
    ],
)
@pytest.mark.parametrize("cause", CAUSES)
def test_a_dutch_notice_gives_the_reason_in_dutch(kind: str, others: dict[str, str], cause: str) -> None:
    """A reason has its Dutch text; the English one of an error is quoted in English notices alone."""
    facts = vars(EXAMPLES[kind])
    happening = Happening(**(facts | {"detail": facts["detail"] | others | {"cause": cause, "apis": ["Sendcloud"]}}))
    quoted = others.get("sentence") or others["reason"]
    assert CAUSES[cause].format(apis="Sendcloud") in sentence(happening, "nl")
    assert quoted not in sentence(happening, "nl")
    assert quoted in sentence(happening, "en")
    assert "cause" not in event(happening)


def test_every_cause_has_its_dutch() -> None:
    """Every error and every side that leaves the status unknown is in the texts; another version's cause is none."""
    errors = {"TryLater", "CredentialsRejected", "NeedsOperator", "ContractBroken"}
    columns = {column for (_, column), name in TABLE.items() if name == "unknown"}
    assert set(CAUSES) == errors | columns | {"not there", ""}
    facts = vars(changed("unknown"))
    later = Happening(**(facts | {"detail": facts["detail"] | {"cause": "of a later version"}}))
    assert CAUSES[""] in sentence(later, "nl")
    assert CAUSES[""] in sentence(changed("unknown"), "nl")


def test_a_failing_shop_reads_what_to_do_in_its_language() -> None:
    """The Dutch notice of a status names the remedy and who acts, as the English one; programs get it in the texts."""
    happening = changed("failing")
    known = Happening(**(vars(happening) | {"detail": happening.detail | {"remedy": "challenge-page"}}))
    dutch = sentence(known, "nl")
    assert "Wat te doen: Een botfilter" in dutch
    assert dutch.endswith("Actie door: de hosting- of firewallpartij van de webshop.")
    assert "remedy" not in event(known)
    assert "geen oplossing bekend" in sentence(happening, "nl")  # as an earlier version stored it


def test_a_number_has_the_sign_of_its_language() -> None:
    """A fraction has a comma in Dutch and a point in English."""
    example = EXAMPLES["Problem Escalated"]
    problem = {**example.detail["problem"], "last_hour": {"records": 40, "usual": 2.5}}
    happening = Happening(**(vars(example) | {"detail": {**example.detail, "problem": problem}}))
    assert "2,5 per uur" in notice([happening], "nl").text
    assert "2.5 an hour" in notice([happening], "en").text


def test_both_languages_say_everything() -> None:
    """Nothing that can happen is without words in either language, and both fill in the same."""
    for words in (SENTENCES, HEADLINES, WHO):
        assert list(words["en"]) == list(words["nl"])
    assert set(WHO["en"]) == ROLES
    assert set(VERDICTS) == set(NAMES)
    assert set(HEADLINES["en"]) == {*KINDS, *NAMES, "more"} - {"Integration Status Changed"}
    for name, english in SENTENCES["en"].items():
        fields = {each.partition("}")[0] for each in english.split("{")[1:]}
        assert fields == {each.partition("}")[0] for each in SENTENCES["nl"][name].split("{")[1:]}, name
    assert all(headline.isascii() for language in LANGUAGES for headline in HEADLINES[language].values())


# --- who hears of it -------------------------------------------------------------------------------------------------


def problems(ended: bool = False) -> Problems:
    opened, _ = step({}, {TODAY: summary(ssl=found(NOON - MINUTE))}, watch())
    return step(opened, {}, watch(NOON + 2 * HOUR))[0] if ended else opened


@pytest.mark.parametrize(
    ("verdict", "previous", "minutes", "known", "noticed"),
    [
        ("failing", "healthy", 5, "open", False),
        ("failing", None, 5, "open", False),
        ("healthy", "failing", 120, "over", False),
        ("healthy", "failing", 170, "over", False),
        ("healthy", "failing", 190, "over", True),
        ("failing", "healthy", 5, "none", True),
        ("healthy", "failing", 5, "none", True),
        ("disconnected", "failing", 5, "open", True),
        ("failing", "disconnected", 5, "open", True),
        ("healthy", "disconnected", 5, "open", True),
        ("silent", "healthy", 5, "open", True),
    ],
)
def test_a_status_that_problems_tell_is_not_told_again(
    verdict: str, previous: str | None, minutes: int, known: str, noticed: bool
) -> None:
    """People hear of failing and working again from the problem, where there is one; of all else from the status."""
    happening = changed(verdict, previous)
    since = f"2026-11-22T{12 + minutes // 60}:{minutes % 60:02}:00.000000Z"
    happening = Happening(**(vars(happening) | {"detail": {**happening.detail, "since": since}}))
    there = {"open": problems(), "over": problems(ended=True), "none": {}}[known]
    assert is_noticed(happening, there) == noticed


def test_another_shops_problem_tells_nothing() -> None:
    """Only the integration's own problems speak for it, and none speaks for the account."""
    happening = changed("failing", "healthy", integration_id=102)
    assert is_noticed(happening, problems())
    assert is_noticed(changed("healthy", "unreachable", integration_id=None), problems())


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "Integration Status Changed"])
def test_everything_else_is_told(kind: str) -> None:
    """Problems, and records at risk, always."""
    assert is_noticed(EXAMPLES[kind], problems())
