# make run     install what is missing and start the portal and its worker
# make demo    send the sample invoice through the running API
# make test    install what the tests need and run every test
# make check   lint, types, migrations, deployment checks
# make bench   accuracy and speed, side by side with the bare engines
# make format  format the code

PYTHON = .venv/bin/python

.PHONY: run demo test check bench format

run:
	@bin/setup
	@exec $(PYTHON) manage.py serve --demo

demo:
	@bin/setup
	@$(PYTHON) manage.py demo

test:
	@bin/setup dev
	@exec $(PYTHON) bin/test

check:
	@bin/setup dev
	@$(PYTHON) bin/test --only-checks

bench:
	@bin/setup dev
	@$(PYTHON) -m bench

format:
	@bin/setup dev
	@.venv/bin/ruff check -q --fix-only . ; .venv/bin/ruff format .
