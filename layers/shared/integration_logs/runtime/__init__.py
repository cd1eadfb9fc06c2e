"""What a function starts with: settings, secrets, AWS clients."""
