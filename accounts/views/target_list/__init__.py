"""The Target list: one page with tabs, each tab an address of its own."""
