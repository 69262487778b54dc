"""Small shared vocabulary without models: errors, choices, domains, ids, panels. Knows no app."""
