"""What plays say: the library, drafts and their review, moving what runs to another version."""
