"""TensorFlow's side of the twin backend folders."""
