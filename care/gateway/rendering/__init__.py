"""One Markdown subset, rendered for each platform from its syntax tree.

Nothing here sends, stores or knows a platform's API: text in, text out.
"""
