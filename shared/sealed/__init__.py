"""What can be said of a sealed file without any key: its shape, sizes and public records.

The server reads these modules; none of them can decrypt anything.
"""
