"""What a text says, however it is written: the only room that knows regular expressions of RE2's."""
