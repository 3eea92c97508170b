"""What a button or a command does, without a word of Tk or of terminals."""
