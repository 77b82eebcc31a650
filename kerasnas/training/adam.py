"""Adam's constants (Kingma and Ba, ICLR 2015), Keras' defaults; the learning rate comes from the schedule."""

BETA_1 = 0.9
BETA_2 = 0.999
EPSILON = 1e-7
