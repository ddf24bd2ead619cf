"""HTML pages for people, made from the same values as the API's answers.

This room may import views, shapes and the edge. All that a page loads is in this folder: the content security policy of
`dengbu.api.edge.headers` allows nothing else.
"""
