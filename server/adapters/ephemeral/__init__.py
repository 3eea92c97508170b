"""Where short-lived state is kept."""
