"""Every surface of a verdict, each rendered from the same record: console, HTML, Markdown, JUnit."""
