"""The commands: each turns its options into one request and prints the reply."""
