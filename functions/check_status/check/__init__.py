"""One check of one account: call both APIs, decide the verdicts, update the state."""
