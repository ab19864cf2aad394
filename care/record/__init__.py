"""The care record: the one place where customers, conversations and what was said are kept.

One file a noun; each holds its frozen record and the functions that read (`access_…`) and change
(`do_…`) it. A change writes its event in the same transaction. No channel, no HTTP, no Rasa here.
"""
