"""What fulfils the ports: disks, mail, clocks."""
