"""StanceScorer: records in, one Score per record out, by id and in order."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stance.actors import ActorFinder, Catalogue
from stance.backends import load_backend
from stance.dates import read_date
from stance.documents import parse_text
from stance.encode import Renderer, Window, pad_windows
from stance.errors import ModelError, RecordError
from stance.language import is_foreign
from stance.paths import find_resource
from stance.pooling import pool_windows
from stance.records import MAX_ACTORS, Record, read_record
from stance.results import ArticleScore, ScoreBuilder, write_record
from stance.store import ModelFolder
from stance.types import Article, Mention, Paragraph, Score

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_CHARACTERS = 100_000  # longer paragraphs are no paragraphs: flagged `too_long`, not scored
CHUNK_RECORDS = 256  # read ahead so that windows of like length share a batch
TOKENS_PER_BATCH = 1024


@dataclasses.dataclass(frozen=True, slots=True)
class _Prepared:
    """A record rendered for the backend; no windows where it cannot be scored."""

    record: Record
    windows: tuple[Window, ...]
    flags: tuple[str, ...]


class StanceScorer:
    """Scores paragraphs with one model; holds no other state, so one scorer serves any number of streams."""

    def __init__(
        self,
        folder: ModelFolder,
        *,
        backend: str = "onnx",
        threads: int | None = None,
        catalogue: Catalogue | None = None,
    ) -> None:
        self.folder = folder
        self.config = folder.config
        self._backend = load_backend(backend, folder, threads)
        self._renderer = Renderer(folder.load_tokenizer(), self.config.max_tokens, self.config.overlap)
        self._builder = ScoreBuilder(self.config)
        self._pair_heads = frozenset(extra.name for extra in self.config.heads.extras if extra.level == "pair")
        self._catalogue = catalogue
        self._finder: ActorFinder | None = None

    @property
    def options(self) -> tuple[str, ...]:
        """Policy options, in the model's order."""
        return self.config.heads.options

    @property
    def catalogue(self) -> Catalogue:
        """The actors that are looked for where a record names none; the shipped catalogue unless another was given."""
        if self._catalogue is None:
            self._catalogue = Catalogue.load()
        return self._catalogue

    def find_actors(self, paragraph: Paragraph, context: Iterable[str] = ()) -> list[Mention]:
        """Mentions of the catalogue's actors; ``context`` are codes of actors seen earlier in the article."""
        if self._finder is None:
            self._finder = ActorFinder(self.catalogue)
        return self._finder.find(paragraph, context)

    def predict(self, records: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """Score records in the codebook's form lazily; one plain dict per record, in order, with its ``id`` as given.

        Raises `stance.errors.RecordError` at the record that cannot be read.
        """
        ids: collections.deque[Any] = collections.deque()  # of the records read ahead, which come out in order

        def read_all() -> Iterator[Record]:
            for position, raw in enumerate(records):
                record = read_record(raw, position)
                ids.append(record.paragraph.id if raw.get("id") is None else raw["id"])
                yield record

        for score in self.score_records(read_all()):
            yield {**write_record(score, self.options), "id": ids.popleft()}

    def score_records(self, records: Iterable[Record]) -> Iterator[Score]:
        """Like `predict`, from checked records to `Score` objects."""
        stream = map(self._prepare, self._resolve_actors(records))
        fault: RecordError | None = None
        while fault is None:
            chunk: list[_Prepared] = []
            try:
                chunk.extend(itertools.islice(stream, CHUNK_RECORDS))
            except RecordError as error:
                fault = error  # what was read before it is scored first
            if not chunk:
                break
            yield from self._score_chunk(chunk)
        if fault is not None:
            raise fault

    def score_article(
        self, text: str, date: str | dt.date | None = None, *, article_id: str = "article"
    ) -> ArticleScore:
        """Score plain text of one article: its paragraphs, the actors found in them, and their aggregate."""
        return self.score_parsed(parse_text(text, article_id, read_date(date)))

    def score_parsed(self, article: Article) -> ArticleScore:
        """Score an article that is split into paragraphs already."""
        scores = self.score_records(Record(paragraph, None, ()) for paragraph in article.paragraphs)
        return ArticleScore(article, tuple(scores), self.options, self.catalogue.focus)

    def _resolve_actors(self, records: Iterable[Record]) -> Iterator[Record]:
        """Find the actors of records that name none; neighbours of one article share what was seen so far."""
        article_id, context = "", set[str]()
        for record in records:
            paragraph = record.paragraph
            if paragraph.article_id != article_id or not article_id:
                article_id, context = paragraph.article_id, set()
            if record.actors is None:
                mentions = self.find_actors(paragraph, context) if len(paragraph.text) <= MAX_CHARACTERS else []
                record = _attach_mentions(paragraph, mentions)
            context.update(record.actors or ())
            yield record

    def _prepare(self, record: Record) -> _Prepared:
        """Render windows, and flag what keeps a record from being scored."""
        text, flags = record.paragraph.text, list(record.paragraph.flags)
        if len(text) > MAX_CHARACTERS:
            return _Prepared(record, (), (*flags, "too_long"))
        if is_foreign(text):
            return _Prepared(record, (), (*flags, "lang"))
        windows = self._renderer.render(text, record.group_spans()) if text.strip() else []
        if not windows:
            flags.append("empty")
        return _Prepared(record, tuple(windows), tuple(flags))

    def _score_chunk(self, chunk: Sequence[_Prepared]) -> Iterator[Score]:
        """Run all windows of a chunk in batches of like length, then put each record together again."""
        windows = [(i, window) for i, prepared in enumerate(chunk) for window in prepared.windows]
        outputs: dict[int, list[Mapping[str, NDArray[np.float32]]]] = {}
        scored = self._run_windows([window for _, window in windows])
        for (i, _), logits in zip(windows, scored, strict=True):
            outputs.setdefault(i, []).append(logits)
        for i, prepared in enumerate(chunk):
            pooled = None
            if prepared.windows:
                n_units = 1 + len(prepared.record.actors or ())
                pooled = pool_windows(prepared.windows, outputs[i], n_units, self.config.temperatures, self._pair_heads)
            yield self._builder.build(prepared.record, pooled, prepared.flags, len(prepared.windows))

    def _run_windows(self, windows: Sequence[Window]) -> list[Mapping[str, NDArray[np.float32]]]:
        """Logits of each window, in the order given; batches hold windows of like length and a bounded token count."""
        order = sorted(range(len(windows)), key=lambda i: (len(windows[i]), len(windows[i].units)))
        results: dict[int, Mapping[str, NDArray[np.float32]]] = {}
        for batch in _plan_batches(order, [len(window) for window in windows], TOKENS_PER_BATCH):
            logits = self._backend.run(pad_windows([windows[i] for i in batch], self.config.pad_id))
            for row, i in enumerate(batch):
                results[i] = {head: values[row] for head, values in logits.items()}
        return [results[i] for i in range(len(windows))]


def _plan_batches(order: Sequence[int], lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Cut indices sorted by length into batches whose padded token count stays within the budget (one at least)."""
    batch: list[int] = []
    for i in order:
        if batch and lengths[i] * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _attach_mentions(paragraph: Paragraph, mentions: Sequence[Mention]) -> Record:
    """A record with found mentions; of more actors than can be scored, those named first and a flag."""
    found = tuple(dict.fromkeys(mention.actor for mention in mentions))
    actors = found[:MAX_ACTORS]
    if found != actors:
        paragraph = dataclasses.replace(paragraph, flags=(*paragraph.flags, "many_actors"))
    return Record(paragraph, actors, tuple(mention for mention in mentions if mention.actor in actors))


def load(
    model: str | Path | None = None,
    *,
    backend: str = "onnx",
    threads: int | None = None,
    actors: str | Path | None = None,
) -> StanceScorer:
    """Load a model folder (the shipped one by default) as a scorer.

    ``backend`` is ``"onnx"`` or ``"torch"``, ``threads`` bounds the threads of a pass, ``actors`` is a catalogue file.
    Raises `stance.errors.ModelError` for a folder that is incomplete, altered or of another kind. Opens no connection.
    """
    if model is None:
        try:
            path = find_resource("resources/default", "models/default")
        except FileNotFoundError as error:
            raise ModelError(str(error)) from None
    else:
        path = Path(model or "(an empty name)")
    catalogue = Catalogue.load(Path(actors)) if actors is not None else None
    return StanceScorer(ModelFolder.open(path), backend=backend, threads=threads, catalogue=catalogue)
