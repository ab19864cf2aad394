"""Keeping personal data where it belongs: masking, export, erasure, retention."""
