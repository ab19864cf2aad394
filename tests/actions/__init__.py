"""Actions with a Tracker and a CollectingDispatcher; the inner API is a real server in a thread."""
