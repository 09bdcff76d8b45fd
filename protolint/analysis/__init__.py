"""Facts about solvers and nets, computed from what the text says."""
