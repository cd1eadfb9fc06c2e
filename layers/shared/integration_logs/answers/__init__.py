"""What the functions' API routes share: parameters, answers, errors, pages."""
