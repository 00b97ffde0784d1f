"""Text to AST and back to text: lexer, layout, rows, formatting."""
