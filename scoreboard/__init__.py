"""WORKED? The numbers, and the rows behind them."""
