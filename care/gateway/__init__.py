"""The way in and out of every channel: accept, decide who owns it, answer, deliver.

What is particular to one platform lives in `channels/`; everything else here is the same for all.
"""
