"""Files of questions become a QuestionSet: one module a format."""
