"""One check of one account: ask, judge, step the state."""
