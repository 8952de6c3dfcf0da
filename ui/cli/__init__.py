"""The shell: one module a command or group of commands, and what they print."""
