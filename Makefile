# Thin names for the commands. `make test` is the test command; .ci/run decides what is green.
GO ?= go
TESTFLAGS ?=
BENCHFLAGS ?=
FUZZTIME ?= 30s

KILLS ?= 200
ROWS ?= 1000000
MOVEKILLS ?= 20
SOAK ?= 10m
SEED ?= 1
SOAKFLAGS ?=
CONTESTFLAGS ?=
TENANTS ?= 10000
CITUS ?= ./internal/testkit/pgtest ./internal/session ./provision ./driver ./cmd/docex/...

.PHONY: demo test parity around httpservers linters adopting with lint bench fuzz limits regress crash transfer soak many contest upgrade citus diagrams deps

demo: deps # a short story: two tenants, and what is refused
	$(GO) run ./examples/quickstart

test: deps # every test, on a real PostgreSQL
	$(GO) test $(TESTFLAGS) ./...

parity: deps # pgx's own tests against docex; part of `make test`
	$(GO) test -count=1 -v ./internal/proof/pgxsuite

around: deps # tracing, queues, migrations, sessions and test databases around docex; they have a module of their own
	cd examples/with/around && $(GO) mod tidy -diff && $(GO) vet . && $(GO) test $(TESTFLAGS) .

httpservers: deps # chi, echo, gin and gRPC in front of docex; they have a module of their own
	cd examples/http && $(GO) mod tidy -diff && $(GO) vet . && $(GO) test $(TESTFLAGS) .

linters: deps # vet as a linter of golangci-lint, and its SARIF by the schema; they have modules of their own
	cd vet/golangci && $(GO) mod tidy -diff && $(GO) vet . && $(GO) test $(TESTFLAGS) .
	cd internal/proof/sarif && $(GO) mod tidy -diff && $(GO) vet . && $(GO) test $(TESTFLAGS) .

diagrams: # docs/*.svg of docs/*.dot, by graphviz
	for f in docs/*.dot; do dot -Tsvg "$$f" -o "$${f%.dot}.svg" || exit; done

adopting: deps # a program on sqlx and lib/pq beside the same on docex; they have a module of their own
	cd examples/sqlx && $(GO) mod tidy -diff && $(GO) vet ./... && $(GO) test $(TESTFLAGS) ./...

with: deps # query builders, mappers and ORMs on docex; they have a module of their own
	cd examples/with && $(GO) mod tidy -diff && $(GO) vet ./... && $(GO) test $(TESTFLAGS) .

lint:
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "gofmt -w needed: $$unformatted"; exit 1; }
	$(GO) mod tidy -diff
	$(GO) vet ./...
	$(GO) vet -tags regress ./guard ./internal/sqlparse ./cmd/docex/internal/sqlfile
	$(GO) tool staticcheck ./...

bench: deps # every benchmark; in the end docex beside pgx, in turns, and how it compares with the targets
	$(GO) test -run '^$$' -bench . -skip 'Benchmark(Same|Changing)Tenant' -benchmem $(BENCHFLAGS) ./...
	$(GO) test -run '^$$' -bench 'Benchmark(Same|Changing)Tenant' -benchtime 50ms ./driver -rounds 61 | $(GO) run ./internal/tools/bench

fuzz: deps # each fuzz target for FUZZTIME: a duration, or a number of executions like 50000x
	scripts/fuzz.sh $(FUZZTIME)

limits: deps # every hostile shape as large as the limits let it be; `make test` takes one of each family, and a quarter of the rest
	DOCEX_EVERY_SHAPE=1 $(GO) test -count=1 -run '^TestFlatAtLimits$$' ./internal/sqlparse

regress: deps # the SQL of PostgreSQL's own tests, from Debian's source package
	DOCEX_REGRESS_SQL="$$(scripts/regress-sql.sh)" $(GO) test -count=1 -tags regress -run '^TestPostgresRegression' ./guard ./internal/sqlparse ./cmd/docex/internal/sqlfile

crash: deps # the server and the program killed KILLS times each in the middle of provisioning
	$(GO) test -count=1 -v -timeout 60m -run 'Killed$$' ./provision -kills $(KILLS)

transfer: deps # a tenant of ROWS rows moved and imported; the program, and then the server, killed MOVEKILLS times in the middle
	$(GO) test -count=1 -v -timeout 120m -run 'MoveKilled$$' ./cmd/docex -rows $(ROWS) -kills $(MOVEKILLS)
	$(GO) test -count=1 -v -timeout 120m -run 'ServerKilled$$' ./provision -rows $(ROWS) -kills $(MOVEKILLS)

soak: deps # tenants at work for SOAK, drawn from SEED, while what is around them breaks; callers must be told what happened
	$(GO) test -count=1 -v -timeout 0 ./internal/proof/soak -args -soak $(SOAK) -seed $(SEED) $(SOAKFLAGS)

contest: deps # what one pool delivers to TENANTS tenants: docex beside what programs do by hand
	$(GO) run ./internal/tools/contest -tenants $(TENANTS) $(CONTESTFLAGS)

upgrade: deps # TENANTS tenants upgraded while programs work for them, and the upgrade killed twice
	$(GO) test -count=1 -v -timeout 0 ./internal/proof/upgrade -args -tenants $(TENANTS)

citus: # the tests of servers on the Citus cluster whose coordinator DOCEX_CITUS_DSN names
	@test -n "$$DOCEX_CITUS_DSN" || { echo "make citus: set DOCEX_CITUS_DSN to a superuser's URL of a database on the" \
		"coordinator that knows the workers: postgres://user:password@host:port/database" >&2; exit 1; }
	@scripts/deps.sh
	$(GO) test -count=1 -p 1 -parallel 4 -timeout 60m $(TESTFLAGS) $(CITUS)

many: deps # TENANTS tenants, in turns with the same SQL by psql
	$(GO) run ./internal/tools/manytenants -tenants $(TENANTS)

deps: # a C compiler and PostgreSQL's server programs; silent when both are there
	@scripts/deps.sh
