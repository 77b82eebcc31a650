"""Cheaper ways to know how good a genome is than to train it in full."""
