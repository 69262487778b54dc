"""What happens on the scoreboard: a day is written down."""
