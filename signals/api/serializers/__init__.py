"""What the API answers: explicit fields, related rows by the words people use (slug, domain, e-mail), read only."""
