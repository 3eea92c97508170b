"""The pieces that `make bench` is made of, each in miniature."""
