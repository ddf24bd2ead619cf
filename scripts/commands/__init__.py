"""The subcommands of `dengbu`, one file each with its `command`; a file is loaded when it is called.

They may import every other room of the scripts, and each other only for parts of the same subcommand. No room imports them.
"""
