"""What people and programs see: the shell, the web chat. Decides nothing about answers."""
