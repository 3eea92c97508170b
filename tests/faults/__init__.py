"""What breaks on purpose: kills, full disks, bad lines."""
