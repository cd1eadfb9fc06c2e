"""Reports what has happened: events for programs, notices for people."""
