"""What both APIs said, joined into one verdict with its sentence."""
