"""learner: what one learner does: gradings, hints, and running a page."""
