"""What a monitoring system asks for. Nothing here is imported where METRICS is off."""
