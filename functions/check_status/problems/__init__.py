"""Problems (all exceptions of one fingerprint): how they begin, get worse and end."""
