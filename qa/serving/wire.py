"""Wire: the nouns as JSON objects, for the API and for the command line's `--json`."""

from collections.abc import Iterable

from qa.serving.shapes import (
    AnswerJson,
    CitationJson,
    DocumentJson,
    DocumentRef,
    HitJson,
    IndexJson,
    OutlineJson,
    PassageJson,
    RefusalJson,
    SearchJson,
    SectionJson,
    SectionRef,
    VerdictJson,
    VerdictsJson,
)
from qa.types import Answer, Citation, Document, Hit, Passage, Refusal, Section, Verdict


def document_ref(document: Document) -> DocumentRef:
    """Return the document's name."""
    return {"id": document.id, "title": document.title}


def section_ref(section: Section) -> SectionRef:
    """Return the section's name and place."""
    return {
        "id": section.id,
        "title": section.title,
        "path": list(section.path),
        "url": section.url,
    }


def document_json(document: Document) -> DocumentJson:
    """Return what `/api/documents` lists."""
    return {
        "id": document.id,
        "title": document.title,
        "characters": len(document.text),
        "sha256": document.sha256,
        "url": document.url,
    }


def outline_json(section: Section) -> OutlineJson:
    """Return what `qa outline --json` lists."""
    return {
        "level": section.level,
        "title": section.title,
        "path": list(section.path),
        "start": section.start,
        "end": section.end,
    }


def section_json(section: Section) -> SectionJson:
    """Return what `/api/documents/{id}/sections` lists."""
    return {**outline_json(section), "id": section.id, "url": section.url}


def passage_json(passage: Passage) -> PassageJson:
    """Return what `/api/passages/{id}` shows."""
    return {
        "id": passage.id,
        "text": passage.text,
        "start": passage.start,
        "end": passage.end,
        "document": document_ref(passage.document),
        "section": section_ref(passage.section),
        "url": passage.url,
    }


def hit_json(hit: Hit) -> HitJson:
    """Return a passage with its rank, its score and why it was found."""
    why = hit.why
    return {
        **passage_json(hit.passage),
        "rank": hit.rank,
        "score": round(hit.score, 4),
        "why": {
            "dense_rank": why.dense_rank,
            "dense_score": round(why.dense_score, 4),
            "lexical_rank": why.lexical_rank,
            "lexical_score": round(why.lexical_score, 4),
            "late_score": round(why.late_score, 4),
            "lexical_weight": round(why.lexical_weight, 4),
            "terms": list(why.terms),
        },
    }


def citation_json(citation: Citation) -> CitationJson:
    """Return a quote with its place."""
    passage = citation.passage
    return {
        "number": citation.number,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "passage_id": passage.id,
        "document": document_ref(passage.document),
        "section": section_ref(passage.section),
        "url": citation.url,
    }


def index_json(generation: str, encoder: str, stale: bool) -> IndexJson:
    """Return what answered."""
    return {"generation": generation, "encoder": encoder, "stale": stale}


def _refusal_json(refusal: Refusal) -> RefusalJson:
    return {
        "reason": refusal.reason,
        "message": refusal.message,
        "nearest_sections": [section_ref(section) for section in refusal.nearest],
    }


def answer_json(answer: Answer, index: IndexJson, ms: float) -> AnswerJson:
    """Return the object of `POST /api/ask`; `ms` is how long the engine took."""
    cover, refusal = answer.coverage, answer.refusal
    return {
        "question": answer.question,
        "resolved_question": answer.resolved_question,
        "answerable": answer.answerable,
        "confidence": round(answer.confidence, 4),
        "answer": answer.text,
        "short_answer": answer.short,
        "coverage": {"section_items": cover.section_items, "listed": cover.listed}
        if cover
        else None,
        "unanswered": list(answer.unanswered),
        "citations": [citation_json(citation) for citation in answer.citations],
        "passages": [hit_json(hit) for hit in answer.hits],
        "refusal": _refusal_json(refusal) if refusal else None,
        "index": index,
        "timing_ms": {"total": round(ms, 3)},
    }


def search_json(query: str, hits: Iterable[Hit], index: IndexJson, ms: float) -> SearchJson:
    """Return the object of `GET /api/search`; `ms` is how long the engine took."""
    return {
        "query": query,
        "passages": [hit_json(hit) for hit in hits],
        "index": index,
        "timing_ms": {"total": round(ms, 3)},
    }


def verdicts_json(verdicts: Iterable[Verdict]) -> VerdictsJson:
    """Return the object of `POST /api/verify`."""
    return {"results": [_verdict_json(verdict) for verdict in verdicts]}


def _verdict_json(verdict: Verdict) -> VerdictJson:
    citation = verdict.citation
    return {
        "number": verdict.number,
        "status": verdict.status,
        "citation": citation_json(citation) if citation else None,
    }
