"""The DRF glue: problem details, strict bodies, keyset pages, idempotency, access tables. Knows no app."""
