"""What the functions' API routes share."""
