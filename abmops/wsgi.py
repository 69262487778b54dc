"""What the web server calls."""

import os

from django.core.wsgi import get_wsgi_application

from abmops.lib.answering import at_once
from abmops.lib.collecting import look_seldom

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abmops.settings")

application = at_once(get_wsgi_application())
look_seldom()
