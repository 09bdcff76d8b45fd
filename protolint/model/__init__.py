"""What a rule author sees: solvers, nets and layers, in the form Caffe gives them."""
