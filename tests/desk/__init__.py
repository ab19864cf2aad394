"""The desk in a real browser, against a real care server. Customers write over HTTP or with the
widget; nothing here reaches into the page's code."""
