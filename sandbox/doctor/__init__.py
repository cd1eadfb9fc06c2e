"""``make doctor``: whether a deployed stack has all that it needs, a line for each thing, and what to do where not."""
