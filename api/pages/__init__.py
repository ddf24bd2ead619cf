"""Pages for people: HTML made here from the same values as the answers, without anything from elsewhere.

May import `views`, `shapes` and `edge`, never `routes`. A page and its style sheet come from this folder alone: the
content security policy of `dengbu.api.edge.headers` allows nothing else.
"""
