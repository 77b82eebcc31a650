"""Pictures of results. Importing this package imports no plotting library."""
