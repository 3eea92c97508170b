"""HTTP to a Sealcase server: one session, token refresh, typed errors."""
