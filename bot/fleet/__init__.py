"""Many machines: Procrastinate on PostgreSQL hands out the same work that one machine does alone.

Its jobs only say whose turn it is. What is to be done stands in our own tables, so a job that is
lost, doubled or run too early costs a look and nothing else.
https://procrastinate.readthedocs.io/
"""
