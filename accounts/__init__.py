"""WHO: people, accounts, contacts and committees, the target list, touches and opportunities."""
