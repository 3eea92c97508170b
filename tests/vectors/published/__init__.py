"""Published test vectors of the primitives underneath; see NOTICE.md."""
