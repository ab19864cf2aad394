"""Who owns a conversation: the bot, the queue or an agent; and how it changes hands."""
