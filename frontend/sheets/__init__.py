"""What the pages of sheets show and take: the grid, a row with its picture, values to review."""
