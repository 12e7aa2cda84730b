# Everything starts here: `make` builds, `make help` lists the rest.

SHELL := /bin/bash
PREFIX ?= $(HOME)/.local
# Refuses an import that Package.swift does not declare.
SWIFT_FLAGS := --explicit-target-dependency-import-check error
# OpenMP threads that wait by spinning would fight the tests and the video decoders for the cores.
export OMP_WAIT_POLICY ?= passive

SOURCES := Sources Tests Package.swift

# Suites of what runs beside the training thread, without libtorch. FrameCacheRun starts the program, which
# does not tell the sanitizer of its locks (Tests/ThreadSanitizer).
THREADED := Loader|BatchSource|CheckpointSaver|FrameCache|Observer|EvaluationLoop|RecordingProperty

# A small ACT that learns to push PushT's block on two cores in two to three minutes, and shows it in simulation.
# LeRobot's ACT has no scale for the block's corners (ENV) and no cosine schedule of its own. With this seed the
# film that the last line names was one of a success; Documentation/PushT.md has the figures of others.
DEMO := --dataset.repo_id=local/pusht_corners --dataset.root=Fixtures/datasets/pusht_corners \
  --policy.type=act --policy.device=cpu --policy.push_to_hub=false \
  --policy.n_encoder_layers=2 --policy.n_decoder_layers=1 --policy.use_vae=false --policy.dropout=0 \
  --policy.dim_model=128 --policy.n_heads=4 --policy.dim_feedforward=512 \
  --policy.chunk_size=16 --policy.n_action_steps=4 \
  '--policy.normalization_mapping={STATE: MEAN_STD, ENV: MEAN_STD, ACTION: MEAN_STD}' \
  --use_policy_training_preset=false --optimizer.type=adamw --optimizer.lr=1e-3 \
  --scheduler.type=diffuser --scheduler.name=cosine --scheduler.num_warmup_steps=100 \
  --batch_size=64 --steps=4000 --log_freq=200 --num_workers=1 --seed=1002 \
  --env.type=pusht --env.obs_type=environment_state_agent_pos \
  --eval.at_start=true --eval_freq=2000 --eval.n_episodes=20 --eval.batch_size=20

.PHONY: build train test test-threads lint format goldens check-goldens bench docs install torch-releases wandb dist wheel setup clean help

# What `--version` says: the commit, with a plus where files had changed.
COMMIT = $(shell git describe --always --dirty=+ --exclude='*' --abbrev=12 2>/dev/null)

build: setup ## the optimised program: .build/release/lerobot-train
	LEROBOT_COMMIT=$(COMMIT) swift build -c release --static-swift-stdlib $(SWIFT_FLAGS)

train: build ## train a small ACT on demonstrations of PushT and watch it push the block (two to three minutes)
	.build/release/lerobot-train $(DEMO)

test: setup ## every test
	swift build --build-tests $(SWIFT_FLAGS)
	Scripts/test

test-threads: setup ## the loader, the saver and the observers under the thread sanitizer (some 6 minutes)
	swift build --build-tests --sanitize=thread --scratch-path .build/tsan $(SWIFT_FLAGS)
	TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/ThreadSanitizer/suppressions.txt \
	  timeout --foreground 1800 swift test --skip-build --sanitize=thread --scratch-path .build/tsan \
	  --filter '$(THREADED)' --skip FrameCacheRun

lint: ## formatting and house rules, without changing anything
	swift format lint --strict --recursive --parallel $(SOURCES)
	Scripts/lint

format: ## format every Swift file in place
	swift format --in-place --recursive --parallel $(SOURCES)

goldens: ## record what LeRobot computes into Fixtures (needs LeRobot 0.4.2; see Fixtures/generate)
	Scripts/goldens

check-goldens: ## hold the stored goldens against LeRobot, without writing
	Scripts/goldens --check

bench: build ## time, memory and limits beside LeRobot's, into outputs/bench (some 25 minutes)
	Scripts/bench

docs: setup ## the reference documentation: .build/documentation
	Scripts/docs

install: build ## the program and its libraries under PREFIX (default ~/.local)
	Scripts/install "$(PREFIX)"

torch-releases: setup ## older releases of libtorch and their shims: tests then compare these too (3 GB)
	Scripts/shims 2.7.1 2.9.1 2.11.0

wandb: ## wandb-core, which uploads to Weights & Biases while a run trains (30 MB)
	@WANDB=1 Scripts/setup

dist: build ## the portable archive, in dist (some 15 minutes and 5 GB the first time)
	Scripts/dist dist

wheel: dist ## the wheel of the same, in dist
	Scripts/wheel dist/lerobot-train-*-linux-x86_64 dist

setup: ## what the build needs; returns at once when nothing is missing
	@Scripts/setup

clean: ## build products; .deps stays
	rm -rf .build dist outputs/bench outputs/demo

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16
