"""One file or folder a platform: how it speaks, and nothing about who answers."""
