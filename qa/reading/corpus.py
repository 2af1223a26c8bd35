"""Corpus: the documents with their sections and passages, and how to find each by its id."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from qa.reading import outline, passages
from qa.reading.passages import make_id, passages_of
from qa.reading.sources import Source
from qa.types import Document, Passage, Section

CHUNKER = f"{outline.VERSION}.{passages.VERSION}"


class Corpus:
    """What is loaded, in document order. Sections of a document partition its text."""

    def __init__(
        self,
        documents: Sequence[Document],
        sections: Sequence[Section],
        passages: Sequence[Passage],
    ) -> None:
        self.documents = tuple(documents)
        self.sections = tuple(sections)
        self.passages = tuple(passages)
        self._documents = {document.id: document for document in documents}
        self._sections = {section.id: section for section in sections}
        self._passages = {passage.id: passage for passage in passages}
        self._by_document: dict[str, list[Section]] = {}
        for section in sections:
            self._by_document.setdefault(section.document.id, []).append(section)

    def document(self, id: str) -> Document | None:
        """Return the document with this id, if there is one."""
        return self._documents.get(id)

    def section(self, id: str) -> Section | None:
        """Return the section with this id, if there is one."""
        return self._sections.get(id)

    def passage(self, id: str) -> Passage | None:
        """Return the passage with this id, if there is one."""
        return self._passages.get(id)

    def sections_of(self, document: Document) -> tuple[Section, ...]:
        """Return the sections of a document in order."""
        return tuple(self._by_document.get(document.id, ()))

    def passages_of(self, document: Document) -> tuple[Passage, ...]:
        """Return the passages of a document in order."""
        return tuple(p for p in self.passages if p.document.id == document.id)


def read_corpus(sources: Iterable[Source]) -> Corpus:
    """Return the documents cut into sections and passages."""
    documents: list[Document] = []
    sections: list[Section] = []
    for source in sources:
        document, parts = read_document(source)
        documents.append(document)
        sections += parts
    return Corpus(documents, sections, list(passages_of(sections)))


def read_document(source: Source) -> tuple[Document, list[Section]]:
    """Return a document with its sections; they partition its text."""
    headings = outline.outline(source.text)
    first = headings[0].title if headings else source.name
    document = Document(
        id=make_id("d", source.name),
        name=source.name,
        title=source.metadata.get("title") or first,
        text=source.text,
        sha256=source.sha256,
        metadata=source.metadata,
    )
    return document, list(_sections(document, headings))


def _sections(document: Document, headings: Sequence[outline.Heading]) -> Iterator[Section]:
    seen: Counter[tuple[str, ...]] = Counter()
    path: list[str] = []
    if not headings or headings[0].start > 0:
        end = headings[0].start if headings else len(document.text)
        yield Section(make_id("s", document.id, ""), document, (), 0, 0, end)
    ends = [heading.start for heading in headings[1:]] + [len(document.text)]
    for heading, end in zip(headings, ends, strict=False):
        path[heading.level - 1 :] = [heading.title]
        key = tuple(path)
        seen[key] += 1
        number = str(seen[key]) if seen[key] > 1 else ""
        id = make_id("s", document.id, *key, number)
        yield Section(id, document, key, heading.start, heading.body, end)


def indexed_text(passage: Passage) -> str:
    """Return what is embedded and searched: the heading path, then the text under it."""
    section = passage.section
    body = passage.document.text[max(passage.start, min(section.body, passage.end)) : passage.end]
    return f"{' '.join(section.path)}\n{body.strip()}"
