# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A thin layer over meson, so that a fresh Debian 12 with git and make needs nothing else:
#   make demo      install what is missing, build, translate examples/hello.srt into Chinese WebVTT
#   make check     install what is missing, build, run all tests, formatter check and lint
# And for work on the tree:
#   make           build only
#   make install   build for release and install under /usr, where Debian's GStreamer looks
#   make format    format all C and C++ files
#   make sanitize, make tsan, make valgrind   the tests under a checker
#   make gcc, make clang   build and test with warnings as errors
#   make fuzz      each fuzz target for FUZZ_SECONDS
#   make bench     the benchmarks
#   make soak      SOAK_CUES cues through a pipeline; again under AddressSanitizer; a tenth under ThreadSanitizer
#   make recipe-check   the Python package: ruff and pytest
#   make score DATA=CORPORA   BLEU of all bundles on their dev sets; PREVIOUS=FOLDER, F32=FOLDER to compare with

BUILD ?= build
FUZZ_SECONDS ?= 60
SOAK_CUES ?= 100000
VENV = $(BUILD)/venv
DATA ?= $(S2S_DATA)

SETUP = meson setup
SETUP_release = --prefix=/usr --buildtype=release
SETUP_gcc = -Dwerror=true
SETUP_clang = -Dwerror=true --native-file tools/clang.ini
SETUP_sanitize = -Db_sanitize=address,undefined
SETUP_tsan = -Db_sanitize=thread
SETUP_fuzz = -Dfuzz=true --native-file tools/clang.ini -Db_sanitize=address,undefined -Db_lundef=false
VALGRIND = valgrind --quiet --fair-sched=yes --error-exitcode=1 \
  --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite
TEST = meson test --print-errorlogs --num-processes $(shell nproc)
SOAK = meson test --verbose --timeout-multiplier 60 soak

.PHONY: all demo check install format gcc clang sanitize tsan valgrind fuzz bench soak recipe-check score

.NOTPARALLEL:

all: build-packages $(BUILD)/build.ninja
	meson compile -C $(BUILD)

demo: all
	@echo && echo "examples/hello.srt in Chinese:" && echo
	@GST_PLUGIN_PATH=$(BUILD)/plugin gst-launch-1.0 --quiet filesrc location=examples/hello.srt \
	  ! subparse ! s2stransform ! webvttenc ! fdsink

check: check-packages all
	$(TEST) -C $(BUILD)

install: build-packages $(BUILD)/release/build.ninja
	meson compile -C $(BUILD)/release
	meson install -C $(BUILD)/release --no-rebuild

format: check-packages
	python3 tools/lint/format.py --fix

gcc clang sanitize: %: develop-packages $(BUILD)/%/build.ninja
	meson compile -C $(BUILD)/$@
	$(TEST) -C $(BUILD)/$@ --timeout-multiplier 5

# GLib and GStreamer are not instrumented, and what they do is not looked at. The library that is
# preloaded makes their locks known. What GLib keeps of freed memory for other threads would look
# like memory that they share.
tsan: develop-packages $(BUILD)/tsan/build.ninja
	meson compile -C $(BUILD)/tsan
	G_SLICE=always-malloc TSAN_OPTIONS=ignore_noninstrumented_modules=1 $(TEST) -C $(BUILD)/tsan --timeout-multiplier 5 \
	  --suite unit --suite elements \
	  --wrapper 'env LD_PRELOAD=$(abspath $(BUILD))/tsan/tests/libs2s-tsan-locks.so'

# Without the test of denormals, with which valgrind computes whatever the processor is told, and
# those of a line of a megabyte and of many networks at once, which are too much for it. Threads take turns, or one that waits would
# keep the other from going on.
valgrind: develop-packages all
	$(TEST) -C $(BUILD) --suite unit --timeout-multiplier 60 --wrapper '$(VALGRIND)' \
	  --test-args '-s /translator/denormals -s /translator/long-line -s /service/same-bits/f32 -s /service/same-bits/f16 -s /service/same-bits/i8'

fuzz: develop-packages $(BUILD)/fuzz/build.ninja
	meson compile -C $(BUILD)/fuzz
	tests/fuzz/run.sh $(BUILD)/fuzz $(FUZZ_SECONDS)

# PyTorch and pictures want the virtual environment of recipe-check, or what S2S_PYTHON says.
bench: all
	S2S_PYTHON="$${S2S_PYTHON:-$(firstword $(wildcard $(abspath $(VENV))/bin/python) python3)}" \
	  meson test -C $(BUILD) --benchmark --verbose

# Resident memory is looked at in the first, for a sanitizer has its own.
soak: develop-packages all $(BUILD)/sanitize/build.ninja $(BUILD)/tsan/build.ninja
	meson compile -C $(BUILD)/sanitize
	meson compile -C $(BUILD)/tsan
	$(SOAK) -C $(BUILD) --test-args '--cues $(SOAK_CUES)'
	$(SOAK) -C $(BUILD)/sanitize --test-args '--cues $(SOAK_CUES)'
	TSAN_OPTIONS=ignore_noninstrumented_modules=1 $(SOAK) -C $(BUILD)/tsan \
	  --test-args '--cues $(shell expr $(SOAK_CUES) / 10)' \
	  --wrapper 'env LD_PRELOAD=$(abspath $(BUILD))/tsan/tests/libs2s-tsan-locks.so'

recipe-check: develop-packages all $(VENV)/installed
	$(VENV)/bin/ruff check --no-cache tools
	$(VENV)/bin/ruff check --no-cache --config tools/ruff.toml tests
	$(VENV)/bin/ruff format --no-cache --check tools
	S2S_TRANSLATE=$(abspath $(BUILD))/tools/s2s-translate $(VENV)/bin/pytest --quiet -p no:cacheprovider --junitxml $(BUILD)/pytest.xml tests/recipe

# The tables are left in $(BUILD)/scores as Markdown, one a bundle.
score: develop-packages all $(VENV)/installed
	@test -d "$(DATA)" || { echo "make score: no folder of corpora, give DATA=CORPORA or S2S_DATA"; exit 1; }
	PYTHONPATH=tools $(VENV)/bin/python -m s2s_tools.score_bundles models/pretrained --data "$(DATA)" \
	  --out $(BUILD)/scores --command $(BUILD)/tools/s2s-translate \
	  $(if $(PREVIOUS),--previous "$(PREVIOUS)") $(if $(F32),--f32 "$(F32)")

# What develops also tests, and what tests also builds.
develop-packages: check-packages
%-packages:
	tools/install-packages.sh build $(filter-out build,$*)

$(VENV)/installed: tools/requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet -r $<
	touch $@

$(BUILD)/build.ninja:
	$(SETUP) $(BUILD)

$(BUILD)/%/build.ninja:
	$(SETUP) $(SETUP_$*) $(BUILD)/$*
