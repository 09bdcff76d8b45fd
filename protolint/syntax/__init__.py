"""Text to tree, with spans, comments and error recovery; knows nothing of Caffe."""
