"""What ``protolint prove`` prints."""
