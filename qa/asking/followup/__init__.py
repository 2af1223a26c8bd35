"""Follow-ups: questions that lean on the one before them, in Chinese and in English."""
