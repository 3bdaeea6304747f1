# Foyer's targets. `make help` lists them.

# A variable chooses another version: STATICCHECK=v0.8.0 make lint
STATICCHECK ?= v0.7.0
GOVULNCHECK ?= v1.1.4
GOTESTSUM   ?= v1.13.0

# The front door is at PORT, the demo home at PORT+1.
PORT   ?= 8080
ORIGIN ?=

# The flags that functions are built with, so that the packages they share with it are compiled once.
LIKE_FUNCTIONS = -trimpath -tags lambda.norpc

# Everything but the CDK app: CDK takes minutes to compile at first, and the race detector trips inside it.
LOCAL_PACKAGES = $$(go list ./... | grep -vE '^foyer/infra(/stack)?$$')

# What the race detector looks at. Browsers, and stories that run the cloud's processes, would be slower for nothing: it
# isn't in those.
RACE_PACKAGES = $$(go list ./functions/... ./internal/... ./infra/local/... ./infra/demo/... ./infra/ctl/... ./infra/edge/...)

# Runs go test, names each package as it ends, and at the end lists the skipped tests and how to enable them.
GOTESTSUM_RUN = go run gotest.tools/gotestsum@$(GOTESTSUM) --format pkgname-and-test-fails
GO_TEST = $(GOTESTSUM_RUN) --

# Packages that start browsers, whole clouds or CDK, or that measure, each alone on the machine; the others share it.
ALONE = foyer/(docs/.*|infra|infra/local(/ses)?|infra/(demo|site|stack|test)(/.*)?)
TEST_ALL = go test -json -p 2 -timeout 20m \$$(go list ./... | grep -vxE '$(ALONE)'); shared=\$$?; \
	go test -json -p 1 -timeout 20m \$$(go list ./... | grep -xE '$(ALONE)') && exit \$$shared

export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION = 20
export NODE_NO_WARNINGS = 1

.DEFAULT_GOAL := help
.PHONY: help run build test quick race lint fmt slowest vuln bench simulate guards nightly picture clean venues

help: ## describe the targets
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## start all of Foyer on this machine and print one URL; PORT=8080, VENUE=theatre-300, ORIGIN=http://localhost:3000
	@echo "building the local cloud" >&2; CGO_ENABLED=0 go build $(LIKE_FUNCTIONS) -o .build/run ./infra/demo/run && PORT=$(PORT) ORIGIN=$(ORIGIN) exec .build/run

build: ## build every function as it is deployed (arm64, into .build/lambda) and everything else
	@set -e; for f in functions/*/; do f=$$(basename $$f); \
		GOOS=linux GOARCH=arm64 CGO_ENABLED=0 go build -tags lambda.norpc -trimpath -buildvcs=false -ldflags '-s -w' -o .build/lambda/$$f/bootstrap ./functions/$$f; done
	@go build -o /dev/null $(LOCAL_PACKAGES)

test: ## run every test that this machine can run; at the end, list what was skipped and how to enable it
	@$(GOTESTSUM_RUN) --raw-command -- sh -c "$(TEST_ALL)"

quick: ## run the tests without the CDK app and without long stories
	@$(GO_TEST) -short -timeout 10m $(LOCAL_PACKAGES)

race: ## run the tests under the race detector
	@CGO_ENABLED=1 $(GO_TEST) -race -short -timeout 20m $(RACE_PACKAGES)

slowest: ## list the tests that took the longest, from the file that GOTESTSUM_JSONFILE=.build/test.json let make test write
	@go run gotest.tools/gotestsum@$(GOTESTSUM) tool slowest --jsonfile .build/test.json --threshold 8s

lint: ## run gofmt, go vet, staticcheck by the list in staticcheck.conf, and the checks of style and structure
	@unformatted=$$(gofmt -l functions infra internal); test -z "$$unformatted" || { echo "not formatted, run make fmt: $$unformatted"; exit 1; }
	@go vet ./...
	@go test ./internal
	@go run honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK) ./...

fmt: ## format the Go code
	@gofmt -w functions infra internal

vuln: ## look for known vulnerabilities in the code that is called, if the database can be reached
	@if curl -fsS -o /dev/null --max-time 10 https://vuln.go.dev/index/db.json 2>/dev/null; \
	then go run golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK) ./...; \
	else echo "govulncheck: skipped, https://vuln.go.dev can't be reached from here"; fi

bench: ## print every budget beside the measured figure; takes about 22 minutes, a few with BENCH=--quick
	@go run ./infra/test/bench $(BENCH)

simulate: ## play a sale in virtual time by a seed's dice; SEED=1 SEEDS=1 VISITORS=60 FOR=2h PLANT="a head is old" SCENARIO=starve
	@go run ./infra/test/simulate

guards: ## switch each guard off in turn and see which test notices; GUARDS="-only room/token", "-list"
	@go run ./infra/test/guards $(GUARDS)

# How often each decoder is tried. A number of times and not a time, at whose end Go 1.26 may fail (go.dev/issue/75804).
FUZZ ?= 200000x

nightly: ## run what takes long: 5,000 sales, outages, an upgrade, 9,000 sockets, every look of every page, guards off, fuzzing
	@FOYER_SEEDS=5000 go test -timeout 30m ./infra/test/simulate/sim
	@FOYER_NIGHTLY=1 go test -count=1 -v -run '^TestAFreshExchanger' ./internal/testkit/cold
	@FOYER_NIGHTLY=1 go test -count=1 -timeout 30m -run '^TestEveryStateIsForEverybody$$' ./infra/site
	@FOYER_NIGHTLY=1 go test -count=1 -timeout 40m -run 'Outlives|ClocksMayBeOff|SocketsComeBack|AnUpgradeInMidSale' ./infra/test/e2e
	@go list -f '{{.Dir}} {{range .TestGoFiles}}{{.}} {{end}}{{range .XTestGoFiles}}{{.}} {{end}}' ./internal/... \
		./infra/ctl/... ./infra/edge ./infra/stage | \
		while read dir files; do cd $$dir; for f in $$(grep -oh '^func Fuzz[A-Za-z]*' $$files /dev/null | cut -c6-); do \
		go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZ) . || exit 1; done; done
	@go run ./infra/test/guards

.PHONY: upgrade

upgrade: ## sell a house while functions change over to the last release's and back; testdata/baseline of infra/test/e2e stands for one
	@FOYER_NIGHTLY=1 go test ./infra/test/e2e -run '^TestAnUpgradeInMidSaleLosesNobody$$' -count=1 -v -timeout 15m

PICTURES ?= .build/pictures
.PHONY: pictures

pictures: ## take pictures of every state of the pages, by day and by night, into PICTURES=.build/pictures
	@mkdir -p $(PICTURES) && FOYER_SHOTS=$(abspath $(PICTURES)) go test ./infra/site -run 'Shots$$' -count=1 -timeout 20m

picture: ## make the README's picture of the waiting room, from the running local cloud
	@FOYER_PICTURE=docs/waiting-room.png go test ./infra/test/e2e -run '^TestPicture$$' -count=1

# A release: VERSION must stand in CHANGELOG.md, so that nobody builds what isn't described.
VERSION ?=
SYSTEMS = linux/amd64 linux/arm64 darwin/arm64 windows/amd64
.PHONY: release

release: ## build foyerctl for Linux, macOS and Windows into .build/release, with checksums; VERSION=1.0.0
	@grep -q '^## $(or $(VERSION),none)\b' CHANGELOG.md || { echo "CHANGELOG.md has no section for VERSION=$(VERSION)" >&2; exit 1; }
	@rm -rf .build/release && mkdir -p .build/release
	@set -e; for system in $(SYSTEMS); do os=$${system%/*}; arch=$${system#*/}; \
		name=foyerctl-$(VERSION)-$$os-$$arch; if [ $$os = windows ]; then name=$$name.exe; fi; \
		GOOS=$$os GOARCH=$$arch CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.release=$(VERSION)' \
			-o .build/release/$$name ./infra/ctl; done
	@awk '/^## /{on = $$2 == "$(VERSION)"} on' CHANGELOG.md > .build/release/NOTES.md
	@cd .build/release && sha256sum foyerctl-* > SHA256SUMS && cat SHA256SUMS

clean: ## remove what was built
	@rm -rf .build cdk.out

# The deployment. CDK_ARGS go to CDK as they are:
#   make deploy CDK_ARGS="-c stage=production", with foyer.production.toml beside this file
CDK ?= npx --yes aws-cdk@2.1148.1
CDK_ARGS ?=
.PHONY: synth diff deploy destroy golden

synth: ## write the CloudFormation template into cdk.out
	@$(CDK) synth --quiet $(CDK_ARGS)

diff: ## show what a deployment would change
	@$(CDK) diff --all $(CDK_ARGS)

deploy: ## deploy to AWS: staging, or CDK_ARGS="-c stage=production", as foyer.production.toml says
	@$(CDK) deploy --all $(CDK_ARGS)

destroy: ## remove a staging deployment; production refuses, and keeps its data
	@$(CDK) destroy --all $(CDK_ARGS)

golden: ## write the golden template and the idle month's resources anew, to see the difference
	@go test ./infra/stack -run 'Golden|Idle' -update

venues: ## write the sample seat maps anew
	@go run ./infra/test/venues testdata/venues

# Targets on the SAM CLI, from the template that is deployed; API_PORT is the port of the routes.
API_PORT ?= 3000
.PHONY: sam-api

invoke-%: ## invoke a function with an event of events/ on the SAM CLI: make invoke-register-http
	@go run ./infra/test/sam/run invoke $*

sam-api: ## serve the HTTP routes on the SAM CLI; API_PORT=3000
	@PORT=$(API_PORT) go run ./infra/test/sam/run api

.PHONY: engines
engines: ## go the whole way of a buyer in WebKit, Firefox and Chromium; apt-get install webkit2gtk-driver xvfb firefox-esr
	@FOYER_ENGINES=1 go test ./infra/test/e2e -run 'EveryBrowser' -count=1 -v

nightly: engines

pictures: picture
