"""Everything `training` raises on purpose: what was expected, what came, what to do."""


class TrainingError(Exception):
    """Base of all errors that this package raises on purpose."""


class ConfigError(TrainingError, ValueError):
    """All faults of a config, one a line."""


class CorpusError(TrainingError, ValueError):
    """Faults in corpus files, all of them, each as ``file:line: what``."""


class SourceError(TrainingError, ValueError):
    """A source of labelled records that cannot be read, or whose splits share a text; names the line or record."""


class EncoderError(TrainingError, RuntimeError):
    """A base encoder that is not there or is not the one that its name promises."""


class ExportError(TrainingError, RuntimeError):
    """A graph that does not give what the module gives."""
