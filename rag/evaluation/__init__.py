"""Measures Beleg on a file of questions, through the same `Assistant.stream` that users ask with.

>>> from rag.evaluation import evaluate, read_question_set
>>> report = evaluate(read_question_set(None))
>>> report.summary["hit@1"].value
"""

from rag.evaluation.compare import Comparison, compare
from rag.evaluation.formats import read_question_set
from rag.evaluation.outcome import Outcome, Quote, TurnOutcome
from rag.evaluation.questions import Dialogue, Evidence, GoldQuestion, GoldTurn, QuestionSet
from rag.evaluation.report import Figure, Report, read_report, save_report
from rag.evaluation.run import EvaluationProgress, evaluate

__all__ = [
    "Comparison",
    "Dialogue",
    "EvaluationProgress",
    "Evidence",
    "Figure",
    "GoldQuestion",
    "GoldTurn",
    "Outcome",
    "QuestionSet",
    "Quote",
    "Report",
    "TurnOutcome",
    "compare",
    "evaluate",
    "read_question_set",
    "read_report",
    "save_report",
]
