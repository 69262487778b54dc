"""What every page shares: template tags, navigation, theme, sign-in. Knows no app; any app may use it."""
