"""A static analyser for Caffe's solver and net prototxt files."""
