# Thin: each goal calls the programs and the test harness, where the logic lives.

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench crash simulate fuzz

help: ## What can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/'

demo: ## Build and start a demonstration on throw-away data; nothing leaves this machine
	cargo build --release --locked --package frontdesk-daemon --package frontdesk-sandbox --package frontdesk-tui
	exec target/release/frontdesk demo

test: ## Install or find what the tests need, then run all of them
	@scripts/test-needs
	cargo test --workspace --locked --features frontdesk-tests/failpoints

lint: ## Format, clippy, documentation, and what may not be in the tree
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo clippy --package frontdesk-tests --all-targets --features failpoints --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked
	@scripts/one-tls

bench: ## Measure the whole daemon from outside; prints figures, passes or fails nothing
	cargo bench --locked --package frontdesk-tests

crash: ## Kill daemons hundreds of times under load and hold what is left against what was promised
	@scripts/test-needs
	cargo build --release --locked --package frontdesk-tests --features failpoints --bin crash
	target/release/crash

simulate: ## Weeks of virtual time from seeds: make simulate SEEDS=10000 FROM=0 PLANT=ignore-opt-out
	cargo run --release --locked --package frontdesk-tests --features failpoints --bin simulate -- \
		--seeds $(or $(SEEDS),1000) --from $(or $(FROM),0) $(if $(PLANT),--plant $(PLANT))

fuzz: ## Fuzz every parser of outside bytes, FUZZ_SECONDS (600) each; installs cargo-fuzz
	@scripts/fuzz
