"""Linden & Oak, a demo shop: product, order and help pages with the widget where it will live.

Texts in products.yml and data/; a real shop replaces all of this and keeps the one script tag.
"""
