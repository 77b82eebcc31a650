"""Training: one recipe on every backend. Importing this package imports no backend."""
