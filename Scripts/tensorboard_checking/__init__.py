"""What Scripts/check_tensorboard is made of; it runs in an environment that has the tensorboard package."""
