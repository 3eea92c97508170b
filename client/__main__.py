"""`python -m client` opens the window."""

from client.gui.app import main

main()
