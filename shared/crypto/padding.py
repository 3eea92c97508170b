"""Padmé (PURBs, PETS 2019): sizes are rounded up by at most 12 %, so that few files have a size of their own."""


def padme(length: int) -> int:
    """The padded length in bytes for content of `length` bytes."""
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    kept_bits = exponent.bit_length()
    mask = (1 << (exponent - kept_bits)) - 1
    return (length + mask) & ~mask
