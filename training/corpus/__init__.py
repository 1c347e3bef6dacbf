"""The project's own labelled paragraphs: authored markup, its rules, and the command that builds records."""
