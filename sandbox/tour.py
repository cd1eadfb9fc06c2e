"""The guided run: the whole stack on the embedded cloud, from nothing to a row for each shop."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table

from sandbox import cloud, running, shops, stack, upstreams
from sandbox.observe import Observer, athena, fetch_archive, open_archive
from sandbox.steps import StepFailedError, Steps

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.stack import Stack

CATCH_UP_SECONDS = 150
QUERY = """\
SELECT exception_type, response_code, count(*) AS records, count(DISTINCT integration_id) AS integrations
FROM logs
WHERE dt >= '2020-01-02'
GROUP BY exception_type, response_code
ORDER BY records DESC, exception_type
LIMIT 5"""


@dataclass(frozen=True)
class Tour:
    """The run's options: its folder and ports, how many exceptions arrive a minute, whether it stops by itself."""

    folder: Path
    cloud_port: int
    upstream_port: int
    arrivals_per_minute: float
    once: bool

    def run(self, steps: Steps) -> None:
        """Run all steps; raises ``StepFailedError`` at the first one that fails."""
        self.folder.mkdir(parents=True, exist_ok=True)
        running.withdraw(self.folder)  # what a run that was killed has left
        with ExitStack() as held:
            sandbox, deployed = self._set_up(steps, held)
            truth = ids(sandbox.truth())
            notices = shops.Notices(deployed)
            with steps.step("Fetching begins: one walk for each account"):
                deployed.invoke("FetchLogsFunction", {"task": "plan"})
            observer = Observer(deployed)
            archived = self._catch_up(steps, deployed, observer, truth)
            with steps.step("Checking every shop"):
                deployed.invoke("CheckStatusFunction", {"task": "check"})
                found = shops.shops(deployed)
            with steps.step("Waiting for the first notice"):
                notice = notices.first()
            with steps.step("Querying the archive with Athena"):
                answer = athena(deployed, QUERY)
            console = steps.console
            console.print(f"\nAll {archived:,} records that Sendcloud had are in the archive.\n")
            console.print(_answer(answer))
            console.print(shops.table(found))
            if notice:
                subject, text = notice
                console.print("One of the notices that were sent, as an e-mail has it:", style="bold")
                console.print(f"Subject: {subject}\n\n{text}", markup=False, soft_wrap=True)
            if not self.once:
                self._stay(steps, deployed, observer)

    def _set_up(self, steps: Steps, held: ExitStack) -> tuple[upstreams.Sandbox, Stack]:
        with steps.step("Starting Sendcloud's and WeMaSy's sandbox"):
            if not cloud.port_is_free(self.upstream_port):
                raise StepFailedError(
                    f"Port {self.upstream_port} is taken. Choose another one for the sandbox, for example:\n"
                    f'  make run ARGS="--upstream-port {self.upstream_port + 1}"'
                )
            sandbox = held.enter_context(
                upstreams.running(port=self.upstream_port, arrivals_per_minute=self.arrivals_per_minute)
            )
        with steps.step("Starting the embedded cloud"):
            embedded = held.enter_context(cloud.running(self.cloud_port, self.folder))
        with steps.step("sam build"):
            built = stack.build(self.folder)
        with steps.step("sam deploy"):
            deployed = stack.deploy(embedded, built, self.folder, parameters(sandbox.url, list(sandbox.accounts)))
        with steps.step("Storing the accounts' credentials in Secrets Manager"):
            deployed.put_secrets(sandbox.accounts)
        running.announce(self.folder, embedded, self.cloud_port, deployed)
        held.callback(running.withdraw, self.folder)
        return sandbox, deployed

    def _catch_up(self, steps: Steps, deployed: Stack, observer: Observer, truth: set[int]) -> int:
        """Wait until every record that the sandbox held at the first tick is in the archive; how many that are."""
        title = "Fetching, landing and archiving"
        deadline = time.monotonic() + CATCH_UP_SECONDS
        with steps.step(title) as tell:
            while True:
                progress = observer.look()
                tell(
                    f"{progress.pages} pages fetched, {progress.landed} records landed, {progress.archived} archived"
                    f"{f', {progress.quarantined} in quarantine' if progress.quarantined else ''}"
                )
                settled = progress.archived + progress.quarantined >= progress.landed >= len(truth)
                if settled and truth <= (archived := self.archived_ids(deployed)):
                    return len(truth & archived)
                if time.monotonic() > deadline:
                    said = "; ".join(progress.failures) or f"see {self.folder / 'cloud.log'}"
                    missing = f"{len(truth - self.archived_ids(deployed))} records are not in the archive"
                    raise StepFailedError(f"{missing} after {CATCH_UP_SECONDS} s: {said}.")
                time.sleep(1)

    def archived_ids(self, deployed: Stack) -> set[int]:
        """The ids of all archived records, read from the archive's own objects."""
        copies = fetch_archive(deployed, self.folder / "archive" / deployed.outputs["BucketName"])
        if not copies:
            return set()
        with open_archive(copies) as database:
            return {row[0] for row in database.execute("SELECT id FROM logs").fetchall()}

    def _stay(self, steps: Steps, deployed: Stack, observer: Observer) -> None:
        console = steps.console
        for line in (
            "\nTry more, in another terminal:",
            "  call the API       make call ROUTE=/integrations",
            '  query the archive  make query SQL="SELECT dt, count(*) AS records FROM logs GROUP BY dt ORDER BY dt"',
            f"  API                {deployed.api_url}",
            f"  bucket             {deployed.outputs['BucketName']}",
            f"  log                {self.folder / 'cloud.log'}\n",
        ):
            console.print(line, soft_wrap=True, markup=False)
        before = ""
        with steps.step("New exceptions appear, and are fetched every minute; press Ctrl-C to stop") as tell:
            while True:
                progress = observer.look()
                now = f"{progress.pages} pages, {progress.landed} landed, {progress.archived} archived"
                if now != before:
                    tell(now)
                before = now
                time.sleep(2)


def parameters(upstream_url: str, accounts: list[str]) -> dict[str, str]:
    """The template's parameters for a stack beside the sandbox: its addresses, its accounts, the fastest schedules."""
    return {
        "AccountNames": ",".join(accounts),
        "SendcloudBaseUrl": f"{upstream_url}/api/v3",
        "WemasyBaseUrl": f"{upstream_url}/api",
        "FetchSchedule": "rate(1 minute)",
        "StatusSchedule": "rate(1 minute)",
        "ArchiveSchedule": "rate(5 minutes)",
    }


def ids(truth: dict[str, dict[str, dict[str, list[int]]]]) -> set[int]:
    """All ids of the sandbox's truth."""
    return {id_ for account in truth.values() for days in account.values() for day in days.values() for id_ in day}


def _answer(rows: list[dict[str, str]]) -> Table:
    table = Table(title="The most frequent exceptions, from Athena", title_justify="left")
    for column in rows[0] if rows else ():
        table.add_column(column)
    for row in rows:
        table.add_row(*row.values())
    return table
