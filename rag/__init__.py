"""Questions answered from articles, every answer with the sentences that prove it.

>>> from rag import Assistant
>>> assistant = Assistant.open()
>>> answer = assistant.ask("Wann trafen sich Yoon und Kishida zuletzt?")
>>> print(answer.text)
"""

from rag.answer import Answer, Citation, Event, Hit, Statement, Turn
from rag.assistant import Assistant
from rag.settings import LLMSettings, Settings

__all__ = ["Answer", "Assistant", "Citation", "Event", "Hit", "LLMSettings", "Settings", "Statement", "Turn"]
