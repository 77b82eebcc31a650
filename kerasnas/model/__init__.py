"""From a genome to its cost and to a Keras model."""
