"""Texts made searchable: articles, their sentences and passages, vectors and terms, on disk. Knows no question."""

from index.article import Article, Passage, Sentence
from index.build import build_index
from index.documents.files import bundled_article, read_article, read_articles
from index.errors import ArticleError, BelegError, IndexFolderError, ModelError, QuestionError
from index.folder import load_index, save_index
from index.index import Index
from index.models.embedded_encoder import EmbeddedEncoder
from index.models.encoder import Encoder, SentenceTransformerEncoder
from index.place import Span
from index.settings import IndexSettings

__all__ = [
    "Article",
    "ArticleError",
    "BelegError",
    "EmbeddedEncoder",
    "Encoder",
    "Index",
    "IndexFolderError",
    "IndexSettings",
    "ModelError",
    "Passage",
    "QuestionError",
    "Sentence",
    "SentenceTransformerEncoder",
    "Span",
    "build_index",
    "bundled_article",
    "load_index",
    "read_article",
    "read_articles",
    "save_index",
]
