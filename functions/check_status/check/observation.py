"""What one check learned about an account. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from check_status.problems import at_risk
from check_status.verdicts.facts import Integration, WemasyAnswer
from check_status.verdicts.names import Name
from check_status.verdicts.verdict import Verdict


@dataclass(frozen=True)
class Observation:
    """Each API's answer, or the verdict on its failure to give one.

    ``wemasy`` is ``None`` where the account has no token; ``named`` is the integration that its secret says WeMaSy is
    about; ``behind`` are the streams that fetch_logs cannot read at present, ``None`` where that is not known.
    """

    account: str
    at: datetime
    sendcloud: Sequence[Integration] | Verdict
    wemasy: WemasyAnswer | Verdict | None
    named: int | None = None
    behind: Mapping[str, at_risk.Behind] | None = field(default_factory=dict)

    def apis(self, verdict: Name) -> list[str]:
        """The APIs that gave cause for this verdict on the account."""
        answers = {"Sendcloud": self.sendcloud, "WeMaSy": self.wemasy}
        return [name for name, answer in answers.items() if isinstance(answer, Verdict) and answer.name == verdict]

    @property
    def listed(self) -> Sequence[Integration]:
        """The integrations that Sendcloud lists; none where it did not answer."""
        return () if isinstance(self.sendcloud, Verdict) else self.sendcloud
