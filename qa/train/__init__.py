"""Training the bundled encoder: pairs → pieces → table → folder. Needs torch, and only here."""
