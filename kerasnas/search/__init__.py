"""Search strategies. Nothing here imports Keras."""
