"""One account: its streams side by side, its pause, and what is behind."""
