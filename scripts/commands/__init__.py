"""The subcommands of `dengbu`, one file each with its `command`, loaded when it is called.

This room may import every other room of the scripts; its files import each other only for parts of the same subcommand.
No room imports it.
"""
