# make run     install what is missing and start the portal and its worker
#              with a local Stripe to try payments: make run STRIPE=local
# make demo    send the sample invoice through the running API
# make test    install what the tests need and run every test
# make chaos   kill a thousand workers, repeat what must happen once ten thousand times
# make nodes   web nodes, workers and a proxy: killed and restarted under load, on private servers
# make upgrade the tests of the release before this one, on this one's tables
# make check   lint, types, migrations, deployment checks
# make bench   accuracy and speed, side by side with the bare engines
# make format  format the code
# make lock    write the lock files anew from requirements*.txt; make sbom, make audit: see bin/supply
# make messages  collect the texts of the pages into locale/ and compile the catalogs (docs/translating.md)

PYTHON = .venv/bin/python
# make run STRIPE=local: a Stripe of our own on this machine, to try plans and payments. No money moves.
STRIPE_PORT ?= 12111
ifeq ($(STRIPE),local)
LOCAL_STRIPE = env STRIPE_SECRET_KEY=sk_test_local STRIPE_WEBHOOK_SECRET=whsec_local_snapshot \
	STRIPE_METER_WEBHOOK_SECRET=whsec_local_meter SPOCR_STRIPE_ADDRESS=http://127.0.0.1:$(STRIPE_PORT)
endif

.PHONY: run demo test chaos nodes upgrade check lock sbom audit bench format messages

run:
	@bin/setup
	@exec $(LOCAL_STRIPE) $(PYTHON) manage.py serve --demo $(if $(LOCAL_STRIPE),--local-stripe)

demo:
	@bin/setup
	@$(PYTHON) manage.py demo

test:
	@bin/setup dev
	@exec $(PYTHON) bin/test

chaos:
	@bin/setup dev
	@exec $(PYTHON) -m pytest tests/chaos -q -m chaos

nodes:
	@bin/setup dev
	@$(PYTHON) bin/test --only-nodes

upgrade:
	@bin/setup dev
	@$(PYTHON) bin/test-upgrade --postgres

check:
	@bin/setup dev
	@$(PYTHON) bin/test --only-checks

bench:
	@bin/setup dev
	@$(PYTHON) -m bench

lock sbom audit:
	@bin/supply $@

messages:
	@bin/setup dev
	@$(PYTHON) manage.py messages

format:
	@bin/setup dev
	@.venv/bin/ruff check -q --fix-only . ; .venv/bin/ruff format .
