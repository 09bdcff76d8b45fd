"""A learning-rate schedule for people and for programs."""
