"""What is said, in English and in Dutch: plain words for the people of a webshop. Pure.

In braces stands what ``messages.py`` fills in; both languages fill in the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

type Language = Literal["en", "nl"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language.__value__)

MONTHS: Final[Mapping[Language, str]] = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "nl": "jan feb mrt apr mei jun jul aug sep okt nov dec",
}
WHO: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "shop": "the webshop's administrator",
        "host": "the webshop's hosting provider or firewall",
        "operator": "whoever manages the Sendcloud integration",
    },
    "nl": {
        "shop": "de beheerder van de webshop",
        "host": "de hostingpartij of firewall van de webshop",
        "operator": "de beheerder van de koppeling met Sendcloud",
    },
}

SENTENCES: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "shop": "Integration {integration_id}",
        "account": "Account {account}",
        "what": "{request} failed with {error}",
        "any request": "a request of Sendcloud's to the shop",
        "answer": "{exception_type}, HTTP status {response_code}",
        "only answer": "HTTP status {response_code}",
        "no answer": "an error without a name",
        "since": "Since {since}.",
        "Problem Opened": "{shop}: {what}. {records} times since {since}, the last time on {last_at}.",
        "Problem Opened once": "{shop}: {what}, once, on {last_at}.",
        "Problem Escalated": (
            "{shop}: this has become much worse: {what}. {last_hour} times in the last full hour, where {usual} an "
            "hour is usual; it began on {since}."
        ),
        "Problem Resolved": (
            "{shop}: solved: {what}. It happened from {since} to {last_at}, and not since; {records} times in all."
        ),
        "Problem Resolved once": "{shop}: solved: {what}. It happened once, on {last_at}, and not since.",
        "Problem Regressed": (
            "{shop}: this is back after it was solved on {solved_at}: {what}. Again since about {since}, the last "
            "time on {last_at}; {records} times in all."
        ),
        "Archive At Risk": (
            "{shop}: Sendcloud's exception logs have not been readable since {since}. From {deleted_from} on Sendcloud "
            "deletes what has not been archived. Why: {reason}"
        ),
        "remedy": "What to do: {text} Who acts: {who}.",
        "no remedy": "What to do: no remedy is known; look in the shop's log. Who acts: the webshop's administrator.",
        "either": "Sendcloud or WeMaSy",
        "and": " and ",
        "nothing to do": "There is nothing to do.",
        "read again": "What to do: fix what the reason names before then. Who acts: whoever operates Integration Logs.",
        "paths": "Where: {paths}",
        "samples": "Records in the archive: {samples}",
        "more": "And {more} more events about this integration; the event bus has each of them.",
        "id": "Message {id}. The same number twice is the same message.",
    },
    "nl": {
        "shop": "Koppeling {integration_id}",
        "account": "Account {account}",
        "what": "{request} mislukte met {error}",
        "any request": "een verzoek van Sendcloud aan de webshop",
        "answer": "{exception_type}, HTTP-status {response_code}",
        "only answer": "HTTP-status {response_code}",
        "no answer": "een fout zonder naam",
        "since": "Sinds {since}.",
        "Problem Opened": "{shop}: {what}. {records} keer sinds {since}, de laatste keer op {last_at}.",
        "Problem Opened once": "{shop}: {what}, één keer, op {last_at}.",
        "Problem Escalated": (
            "{shop}: dit is veel erger geworden: {what}. {last_hour} keer in het laatste hele uur, terwijl {usual} per "
            "uur gewoon was; het begon op {since}."
        ),
        "Problem Resolved": (
            "{shop}: opgelost: {what}. Dit gebeurde van {since} tot {last_at} en daarna niet meer; {records} keer in "
            "totaal."
        ),
        "Problem Resolved once": "{shop}: opgelost: {what}. Het gebeurde één keer, op {last_at}, en daarna niet meer.",
        "Problem Regressed": (
            "{shop}: het probleem is terug nadat het op {solved_at} was opgelost: {what}. Opnieuw sinds ongeveer "
            "{since}, de laatste keer op {last_at}; {records} keer in totaal."
        ),
        "Archive At Risk": (
            "{shop}: de foutmeldingen van Sendcloud zijn sinds {since} niet leesbaar. Vanaf {deleted_from} verwijdert "
            "Sendcloud wat niet is gearchiveerd. Waarom: {reason}"
        ),
        "remedy": "Wat te doen: {text} Actie door: {who}.",
        "no remedy": "Wat te doen: geen oplossing bekend; zie het log. Actie door: de beheerder van de webshop.",
        "either": "Sendcloud of WeMaSy",
        "and": " en ",
        "nothing to do": "Er hoeft niets te gebeuren.",
        "read again": "Wat te doen: verhelp de oorzaak vóór die dag. Actie door: de beheerder van Integration Logs.",
        "paths": "Waar: {paths}",
        "samples": "Records in het archief: {samples}",
        "more": "En nog {more} gebeurtenissen bij deze koppeling; de event bus heeft ze allemaal.",
        "id": "Bericht {id}. Tweemaal hetzelfde nummer is hetzelfde bericht.",
    },
}

VERDICTS: Final[Mapping[str, str]] = {
    "healthy": "{shop}: de koppeling werkt weer, sinds {since}.",
    "failing": (
        "{shop}: Sendcloud kan sinds {since} geen bestellingen ophalen of terugmelden. Bij elk "
        "probleem staat wat te doen is en wie dat doet."
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
    "unreachable": "{shop}: geen antwoord van {apis} sinds {since}. Meestal gaat dat vanzelf over.",
    "unknown": "{shop}: sinds {since} is niet bekend of de koppeling werkt.",
}
"""A change of status in Dutch; in English it is the verdict's own sentence."""

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
        "silent": "no orders are fetched",
        "unreachable": "{apis} cannot be reached",
        "unknown": "status unknown",
        "Problem Resolved": "problem solved",
        "healthy": "works again",
        "more": "and {more} more",
    },
    "nl": {
        "Problem Opened": "nieuw probleem",
        "Problem Regressed": "probleem is terug",
        "Problem Escalated": "probleem is erger geworden",
        "Archive At Risk": "meldingen gaan verloren",
        "credentials_rejected": "sleutels geweigerd door {apis}",
        "disconnected": "niet verbonden met Sendcloud",
        "inactive": "uitgeschakeld in WeMaSy",
        "failing": "bestellingen mislukken",
        "silent": "er worden geen bestellingen opgehaald",
        "unreachable": "niet bereikbaar: {apis}",
        "unknown": "status onbekend",
        "Problem Resolved": "probleem opgelost",
        "healthy": "werkt weer",
        "more": "en nog {more}",
    },
}
"""For a subject, in ASCII; the most pressing first."""
