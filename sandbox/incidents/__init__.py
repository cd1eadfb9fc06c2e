"""What goes wrong in practice, as data: each ``*.toml`` here is an incident and the messages that it must lead to.

``make incident`` plays them. ``incident.py`` describes what a file contains; a new incident needs no code.
"""
