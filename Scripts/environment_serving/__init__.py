"""The parts of environment_server.py."""
