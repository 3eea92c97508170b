"""The one error of reading a public record."""


class FormatError(ValueError):
    """The bytes are not a well-formed record of this format. The message says which rule they break."""
