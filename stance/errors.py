"""Everything `stance` raises on purpose: what was expected, what came, what to do."""


class StanceError(Exception):
    """Base of all errors that this project raises on purpose."""


class RecordError(StanceError, ValueError):
    """A record that cannot be scored; the message starts with the record's id."""


class DocumentError(StanceError, ValueError):
    """An input file that cannot be read as a document; the message starts with its path."""


class CatalogueError(StanceError, ValueError):
    """An actor catalogue that does not fit its schema; lists all faults."""


class ModelError(StanceError, ValueError):
    """A model folder that is incomplete, altered or of another kind."""


class OutputError(StanceError, OSError):
    """An output that exists already or cannot be written."""
