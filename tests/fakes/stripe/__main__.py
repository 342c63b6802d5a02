"""Run the local Stripe beside the portal: python -m tests.fakes.stripe PORT PORTAL_ADDRESS.

Events are posted to the portal as they arise. Ends with the process that started it.
"""

import logging
import sys
import time
from urllib.error import URLError
from urllib.request import Request, urlopen

from tests.fakes.stripe import server, webhooks

log = logging.getLogger("local-stripe")


def main(port: int, portal: str) -> None:
    with server.running(port) as stripe:
        while True:
            time.sleep(0.3)
            with stripe.state.lock:
                stripe.state.renew_due()
            webhooks.deliver(stripe.state, lambda path, body, signed: _post(portal + path, body, signed))


def _post(address: str, body: bytes, signed: str) -> int:
    request = Request(address, body, {"Stripe-Signature": signed, "Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except URLError as problem:
        log.warning("The event was not delivered: %s", problem)
        return 0


if __name__ == "__main__":
    logging.basicConfig()
    main(int(sys.argv[1]), sys.argv[2])
