"""What the three functions share: the two API clients, the record parser, redaction and the object store.

Nothing here knows a Lambda event. Every module logs through the standard library's ``logging``.
"""
