"""The portal, and a header that kills its process when the work is done and the answer is not yet sent."""

import os
import signal

from config.wsgi import application as portal


def application(environ, start_response):
    answer = portal(environ, start_response)
    if environ.get("HTTP_X_DIE") == "before answering":
        os.kill(os.getpid(), signal.SIGKILL)
    return answer
