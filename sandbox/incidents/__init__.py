"""What goes wrong in practice, as data: each ``*.toml`` here is a named incident and the messages that it must lead to.

``python -m sandbox.incidents`` plays them. ``incident.py`` says what a file holds; a new one needs no code.
"""
