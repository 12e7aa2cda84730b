"""What Scripts/check_wandb is made of: a server, running programs, what arrived in parts, and why parts may differ."""
