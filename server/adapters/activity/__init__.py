"""Where the activity log lies."""
