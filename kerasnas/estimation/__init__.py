"""Cheaper ways than a full training to know how good a genome is."""
