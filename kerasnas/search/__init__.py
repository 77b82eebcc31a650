"""Search strategies: pure proposers over any search space, and the benchmark that keeps them honest. No Keras."""
