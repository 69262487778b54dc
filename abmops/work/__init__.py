"""The durable work list: every piece of pending work is a row, due by the database's clock.

A Celery message only says "look now"; losing all of them loses seconds. The interface is
`from abmops.work import kinds, services as work`; README.md is the guide.
"""
