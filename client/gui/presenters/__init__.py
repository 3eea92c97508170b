"""Presenters: everything that the window knows and decides. None of them can import Tk."""
