"""The pages of accounts. One module a noun; each translates a request into one call and an answer."""
