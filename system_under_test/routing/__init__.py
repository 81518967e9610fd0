"""Routes, the choice between them, and the models behind them."""
