"""What the API answers: explicit fields, related rows by the words people use (e-mail, domain, slug), read only."""
