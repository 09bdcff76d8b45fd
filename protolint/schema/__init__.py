"""What Caffe's messages are, and binding a tree to them."""
