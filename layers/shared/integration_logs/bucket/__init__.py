"""What the functions share in the bucket."""
