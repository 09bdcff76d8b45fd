"""What must hold for a solver or net to be sound, each proved, refuted or undecided.

``obligation`` has the words, ``of_solver`` and ``of_net`` what is asked of a solver and of a net in
one state. Facts of the analyses decide; what the rules report beside them is handed in as ``Told``,
so that no error that Caffe ends on or that is not finite goes without an obligation it refutes.
"""
