"""The pages of signals: who is in market, what crossed, what is written down; and the parts of the account page."""
