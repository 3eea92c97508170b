"""What stays on this machine: settings, session, identity, contacts, and the files people save."""
