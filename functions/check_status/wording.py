"""The texts of messages, in English and in Dutch, for the people of a webshop. Pure.

``telling/messages.py`` fills in what is in braces; both languages have the same fields. What to do about a problem
is in the shared layer: ``records/remedies.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Literal, get_args

from integration_logs.records.remedies import by_code

type Language = Literal["en", "nl"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language.__value__)

MONTHS: Final[Mapping[Language, str]] = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "nl": "jan feb mrt apr mei jun jul aug sep okt nov dec",
}
WHO: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "shop": "the webshop's administrator",
        "host": "the webshop's hosting or firewall provider",
        "operator": "the administrator of the Sendcloud integration",
    },
    "nl": {
        "shop": "de beheerder van de webshop",
        "host": "de hosting- of firewallpartij van de webshop",
        "operator": "de beheerder van de koppeling met Sendcloud",
    },
}

SENTENCES: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "shop": "Integration {integration_id}",
        "account": "Account {account}",
        "what": "{request} failed with {error}",
        "any request": "a request from Sendcloud to the shop",
        "answer": "{exception_type}, HTTP status {response_code}",
        "only answer": "HTTP status {response_code}",
        "no answer": "an unnamed error",
        "since": "Since {since}.",
        "Problem Opened": "{shop}: {what}. {records} times since {since}, most recently on {last_at}.",
        "Problem Opened once": "{shop}: {what}, once, on {last_at}.",
        "Problem Escalated": (
            "{shop}: a problem has become much worse: {what}. {last_hour} times in the last full hour, up from the "
            "usual {usual} an hour; it began on {since}."
        ),
        "Problem Resolved": (
            "{shop}: resolved: {what}. It happened from {since} to {last_at}, and not since; {records} times in total."
        ),
        "Problem Resolved once": "{shop}: resolved: {what}. It happened once, on {last_at}, and not since.",
        "Problem Regressed": (
            "{shop}: the problem that was resolved on {solved_at} is back: {what}. Again since about {since}, most "
            "recently on {last_at}; {records} times in total."
        ),
        "Archive At Risk": (
            "{shop}: Sendcloud's exception logs have been unreadable since {since}. From {deleted_from} on, Sendcloud "
            "deletes logs that have not been archived. Last error: {reason}"
        ),
        "remedy": "What to do: {text} Action by: {who}.",
        "no remedy": "What to do: no remedy is known; check the shop's log. Action by: the webshop's administrator.",
        "either": "Sendcloud or WeMaSy",
        "and": " and ",
        "nothing to do": "No action is needed.",
        "read again": "What to do: fix this error before then. Action by: the administrator of Integration Logs.",
        "paths": "Paths: {paths}",
        "samples": "Records in the archive: {samples}",
        "more": "And {more} more events about this integration; the event bus has them all.",
        "id": "Message {id}. If you get this number twice, it is the same message.",
    },
    "nl": {
        "shop": "Koppeling {integration_id}",
        "account": "Account {account}",
        "what": "{request} mislukte met {error}",
        "any request": "een verzoek van Sendcloud aan de webshop",
        "answer": "{exception_type}, HTTP-status {response_code}",
        "only answer": "HTTP-status {response_code}",
        "no answer": "een onbekende fout",
        "since": "Sinds {since}.",
        "Problem Opened": "{shop}: {what}. {records} keer sinds {since}, voor het laatst op {last_at}.",
        "Problem Opened once": "{shop}: {what}, één keer, op {last_at}.",
        "Problem Escalated": (
            "{shop}: een probleem is veel erger geworden: {what}. {last_hour} keer in het laatste hele uur, tegen "
            "normaal {usual} per uur; het begon op {since}."
        ),
        "Problem Resolved": (
            "{shop}: opgelost: {what}. Dit gebeurde van {since} tot {last_at} en daarna niet meer; {records} keer in "
            "totaal."
        ),
        "Problem Resolved once": "{shop}: opgelost: {what}. Dit gebeurde één keer, op {last_at}, en daarna niet meer.",
        "Problem Regressed": (
            "{shop}: het probleem dat op {solved_at} was opgelost, is terug: {what}. Opnieuw sinds ongeveer {since}, "
            "voor het laatst op {last_at}; {records} keer in totaal."
        ),
        "Archive At Risk": (
            "{shop}: de foutmeldingen van Sendcloud zijn sinds {since} niet leesbaar. Vanaf {deleted_from} verwijdert "
            "Sendcloud wat niet is gearchiveerd. {reason}"
        ),
        "remedy": "Wat te doen: {text} Actie door: {who}.",
        "no remedy": "Wat te doen: geen oplossing bekend; zie het log. Actie door: de beheerder van de webshop.",
        "either": "Sendcloud of WeMaSy",
        "and": " en ",
        "nothing to do": "U hoeft niets te doen.",
        "read again": "Wat te doen: verhelp de oorzaak vóór die dag. Actie door: de beheerder van Integration Logs.",
        "paths": "Paden: {paths}",
        "samples": "Records in het archief: {samples}",
        "more": "En nog {more} wijzigingen bij deze koppeling; de event bus heeft ze allemaal.",
        "id": "Bericht {id}. Ontvangt u dit nummer twee keer, dan is het hetzelfde bericht.",
    },
}

VERDICTS: Final[Mapping[str, str]] = {
    "healthy": "{shop}: de koppeling werkt weer, sinds {since}.",
    "failing": (
        "{shop}: Sendcloud meldt sinds {since} fouten bij het ophalen of terugmelden van bestellingen. {remedy}"
    ),
    "disconnected": (
        "{shop}: WeMaSy is sinds {since} niet verbonden met Sendcloud. De eigenaar van de webshop moet ze opnieuw "
        "verbinden in WeMaSy."
    ),
    "inactive": (
        "{shop}: de koppeling met Sendcloud staat sinds {since} uit in WeMaSy. Is dat niet de bedoeling, dan moet "
        "de eigenaar die weer aanzetten."
    ),
    "silent": (
        "{shop}: Sendcloud haalt geen bestellingen meer op en meldt geen fout, vastgesteld op {since}. De beheerder "
        "van de webshop moet controleren of de koppeling in Sendcloud aanstaat."
    ),
    "credentials_rejected": (
        "{shop}: de inloggegevens worden sinds {since} geweigerd door {apis}. De beheerder van Integration Logs moet "
        "nieuwe in het secret zetten."
    ),
    "unreachable": (
        "{shop}: sinds {since} geen antwoord van {apis}. Meestal is dat tijdelijk; elke controle probeert het opnieuw."
    ),
    "unknown": "{shop}: sinds {since} is niet bekend of de koppeling werkt. {cause}",
}
"""A change of status in Dutch; in English it is the verdict's own sentence."""

CAUSES: Final[Mapping[str, str]] = {
    "TryLater": "{apis} of AWS geeft geen bruikbaar antwoord.",
    "CredentialsRejected": "{apis} weigert de inloggegevens; de beheerder van Integration Logs moet ze vernieuwen.",
    "NeedsOperator": "Instellingen of secret kloppen niet; de beheerder van Integration Logs moet ze herstellen.",
    "ContractBroken": "Het antwoord van {apis} is onleesbaar; de beheerder van Integration Logs moet het uitzoeken.",
    "not there": "wemasy_integration_id noemt een onbekende koppeling; de beheerder van Integration Logs past dat aan.",
    "not listed": "Sendcloud noemt deze koppeling niet meer. De eigenaar kan die in Sendcloud opnieuw toevoegen.",
    "unclear": "Sendcloud meldt niet hoe het ermee staat; de beheerder van Integration Logs moet daar kijken.",
    "works": "WeMaSy meldt niet of de koppeling werkt; de beheerder van de webshop moet dat in WeMaSy nakijken.",
    "": "De oorzaak staat in het log van Integration Logs.",
}
"""Why, in Dutch, by an error's kind or by what Sendcloud shows; "" for what an earlier version stored."""

HEADLINES: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "Problem Opened": "new problem",
        "Problem Regressed": "problem is back",
        "Problem Escalated": "problem has become worse",
        "Archive At Risk": "logs will be lost",
        "credentials_rejected": "keys refused by {apis}",
        "disconnected": "not connected to Sendcloud",
        "inactive": "switched off in WeMaSy",
        "failing": "orders fail",
        "silent": "no orders fetched",
        "unreachable": "{apis} cannot be reached",
        "unknown": "status unknown",
        "Problem Resolved": "problem resolved",
        "healthy": "works again",
        "more": "and {more} more",
    },
    "nl": {
        "Problem Opened": "nieuw probleem",
        "Problem Regressed": "probleem is terug",
        "Problem Escalated": "probleem is erger geworden",
        "Archive At Risk": "foutmeldingen gaan verloren",
        "credentials_rejected": "sleutels geweigerd door {apis}",
        "disconnected": "niet verbonden met Sendcloud",
        "inactive": "uitgeschakeld in WeMaSy",
        "failing": "bestellingen mislukken",
        "silent": "geen bestellingen opgehaald",
        "unreachable": "{apis} niet bereikbaar",
        "unknown": "status onbekend",
        "Problem Resolved": "probleem opgelost",
        "healthy": "werkt weer",
        "more": "en nog {more}",
    },
}
"""For a subject, in ASCII; the most urgent first."""


def when(time: datetime, language: Language) -> str:
    """A time for people.

    >>> when(datetime(2026, 5, 2, 9, 5, tzinfo=UTC), "nl")
    '2 mei 2026 09:05 UTC'
    """
    time = time.astimezone(UTC)
    return f"{time.day} {MONTHS[language].split()[time.month - 1]} {time:%Y %H:%M} UTC"


def remedy(code: str | None, language: Language) -> str:
    """What to do and who acts, by the code of a remedy; ``None``, or a code of another version, has none."""
    known = by_code().get(code or "")
    if known is None:
        return SENTENCES[language]["no remedy"]
    text = known.en if language == "en" else known.nl
    return SENTENCES[language]["remedy"].format(text=text, who=WHO[language][known.who])
