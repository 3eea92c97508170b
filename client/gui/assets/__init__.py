"""Pictures that come with the window; `make icon` draws them."""
