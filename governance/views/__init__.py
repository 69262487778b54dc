"""The Escalations pages."""
