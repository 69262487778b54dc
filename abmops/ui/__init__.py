"""What every page shares: the template tags, the navigation, the theme, sign-in. Knows no app; any app may use it."""
