"""What Scripts/device_check is made of: its parts, plain PyTorch models, and what runs and watches programs."""
