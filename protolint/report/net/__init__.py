"""A net for people, for programs and as a picture."""
