"""What is said, in English and in Dutch: plain words for who runs a webshop. Pure.

In braces stands what ``messages.py`` fills in; both languages fill in the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

type Language = Literal["en", "nl"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language.__value__)

MONTHS: Final[Mapping[Language, str]] = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "nl": "jan feb mrt apr mei jun jul aug sep okt nov dec",
}
WHO: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "shop": "who runs the webshop",
        "host": "who hosts or shields the webshop",
        "operator": "who runs the integration with Sendcloud",
    },
    "nl": {
        "shop": "wie de webshop beheert",
        "host": "wie de webshop host of afschermt",
        "operator": "wie de koppeling met Sendcloud beheert",
    },
}

SENTENCES: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "shop": "Integration {integration_id}",
        "account": "Account {account}",
        "what": "{request} failed with {error}",
        "any request": "a request of Sendcloud's to the shop",
        "answer": "{exception_type}, answer {response_code}",
        "only answer": "answer {response_code}",
        "no answer": "an error without a name",
        "since": "Since {since}.",
        "Problem Opened": "{shop}: {what}. {records} times since {since}, the last time on {last_at}.",
        "Problem Opened once": "{shop}: {what}, once, on {last_at}.",
        "Problem Escalated": (
            "{shop}: this has become much worse: {what}. {last_hour} times in the last full hour, where {usual} an "
            "hour were usual; it began on {since}."
        ),
        "Problem Resolved": (
            "{shop}: solved: {what}. It went on from {since} to {last_at}, and has not happened since; {records} times "
            "in all."
        ),
        "Problem Resolved once": "{shop}: solved: {what}. It happened once, on {last_at}, and has not happened since.",
        "Problem Regressed": (
            "{shop}: this is back after it had been solved on {solved_at}: {what}. Again since about {since}, the last "
            "time on {last_at}; {records} times in all."
        ),
        "Archive At Risk": (
            "{shop}: Sendcloud's exception logs have not been readable since {since}. From {deleted_from} on Sendcloud "
            "deletes what has not been archived. Why: {reason}"
        ),
        "remedy": "What to do: {text} Who acts: {who}.",
        "no remedy": "What to do: no remedy is known for this. Who acts: who runs the webshop looks into its own log.",
        "nothing to do": "Nothing has to be done.",
        "read again": "What to do: mend what the reason names, before that day. Who acts: who runs Integration Logs.",
        "paths": "Where: {paths}",
        "samples": "Records in the archive: {samples}",
        "more": "And {more} more things happened in this integration; the event bus has each of them.",
        "id": "Message {id}. The same number twice is the same message.",
    },
    "nl": {
        "shop": "Integratie {integration_id}",
        "account": "Account {account}",
        "what": "{request} mislukte met {error}",
        "any request": "een verzoek van Sendcloud aan de webshop",
        "answer": "{exception_type}, antwoord {response_code}",
        "only answer": "antwoord {response_code}",
        "no answer": "een fout zonder naam",
        "since": "Sinds {since}.",
        "Problem Opened": "{shop}: {what}. {records} keer sinds {since}, de laatste keer op {last_at}.",
        "Problem Opened once": "{shop}: {what}, één keer, op {last_at}.",
        "Problem Escalated": (
            "{shop}: dit is veel erger geworden: {what}. {last_hour} keer in het laatste hele uur, terwijl {usual} per "
            "uur gewoon was; het begon op {since}."
        ),
        "Problem Resolved": (
            "{shop}: opgelost: {what}. Het duurde van {since} tot {last_at} en is daarna niet meer gebeurd; {records} "
            "keer in totaal."
        ),
        "Problem Resolved once": "{shop}: opgelost: {what}. Het gebeurde één keer, op {last_at}, en daarna niet meer.",
        "Problem Regressed": (
            "{shop}: dit is terug nadat het op {solved_at} was opgelost: {what}. Opnieuw sinds ongeveer {since}, de "
            "laatste keer op {last_at}; {records} keer in totaal."
        ),
        "Archive At Risk": (
            "{shop}: de foutmeldingen van Sendcloud zijn sinds {since} niet leesbaar. Vanaf {deleted_from} verwijdert "
            "Sendcloud wat niet is gearchiveerd. Waarom: {reason}"
        ),
        "remedy": "Wat te doen: {text} Wie: {who}.",
        "no remedy": "Wat te doen: hiervoor is geen oplossing bekend. Wie: wie de webshop beheert kijkt in zijn log.",
        "nothing to do": "Er hoeft niets te gebeuren.",
        "read again": "Wat te doen: verhelp wat de reden noemt, vóór die dag. Wie: wie Integration Logs beheert.",
        "paths": "Waar: {paths}",
        "samples": "Regels in het archief: {samples}",
        "more": "En er gebeurden nog {more} dingen in deze integratie; de event bus heeft ze allemaal.",
        "id": "Bericht {id}. Tweemaal hetzelfde nummer is hetzelfde bericht.",
    },
}

VERDICTS: Final[Mapping[str, str]] = {
    "healthy": "{shop}: de koppeling werkt weer, sinds {since}.",
    "failing": (
        "{shop}: Sendcloud kan sinds {since} geen bestellingen ophalen of terugmelden. Wie de webshop beheert verhelpt "
        "wat de foutmeldingen noemen."
    ),
    "disconnected": (
        "{shop}: WeMaSy is sinds {since} niet verbonden met Sendcloud. De eigenaar van de webshop verbindt ze opnieuw "
        "in WeMaSy."
    ),
    "inactive": (
        "{shop}: de koppeling met Sendcloud staat sinds {since} uit in WeMaSy. Is dat niet de bedoeling, dan zet de "
        "eigenaar die weer aan."
    ),
    "silent": (
        "{shop}: Sendcloud haalt geen bestellingen meer op en meldt geen fout, vastgesteld op {since}. Wie de webshop "
        "beheert kijkt of de koppeling in Sendcloud aan staat."
    ),
    "credentials_rejected": (
        "{shop}: de inloggegevens worden sinds {since} geweigerd. Wie Integration Logs beheert zet nieuwe in het "
        "secret."
    ),
    "unreachable": "{shop}: Sendcloud of WeMaSy antwoordt sinds {since} niet. Meestal gaat dat vanzelf over.",
    "unknown": "{shop}: sinds {since} is niet bekend of de koppeling werkt.",
}
"""A change of status in Dutch; in English it is the verdict's own sentence."""

HEADLINES: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "Problem Opened": "new problem",
        "Problem Regressed": "problem is back",
        "Problem Escalated": "problem has become worse",
        "Archive At Risk": "logs will be lost",
        "credentials_rejected": "keys are refused",
        "disconnected": "not connected to Sendcloud",
        "inactive": "switched off in WeMaSy",
        "failing": "orders fail",
        "silent": "no orders are fetched",
        "unreachable": "cannot be reached",
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
        "credentials_rejected": "sleutels worden geweigerd",
        "disconnected": "niet verbonden met Sendcloud",
        "inactive": "uitgeschakeld in WeMaSy",
        "failing": "bestellingen mislukken",
        "silent": "er worden geen bestellingen opgehaald",
        "unreachable": "niet bereikbaar",
        "unknown": "status onbekend",
        "Problem Resolved": "probleem opgelost",
        "healthy": "werkt weer",
        "more": "en nog {more}",
    },
}
"""For a subject, in ASCII; the most pressing first."""
