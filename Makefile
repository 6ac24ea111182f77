# District reporting system. `make help` lists the targets.
#
#   SAN=1   build with AddressSanitizer and UBSan into its own folder
#   V=1     show commands
#   JOBS=N  compile N files at a time (as many as there are processors)
# CC, CFLAGS, PREFIX and DESTDIR may be overridden.

CC ?= cc
PREFIX ?= /usr/local
DESTDIR ?=
VERSION := 1.0.0

ifeq ($(SAN),1)
BUILD := build/san
OPTIMISE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
else
BUILD := build/release
OPTIMISE := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif

Q := $(if $(V),,@)
JOBS ?= $(shell nproc 2>/dev/null || echo 1)

PKGS := libprotobuf-c libzmq sqlite3 libcyaml yaml-0.1 expat minizip libsodium libseccomp \
	libmicrohttpd jansson zlib cbc clp
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lcsv -lm
WRAP := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
CHECK_LIBS = $(shell pkg-config --libs check 2>/dev/null)

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wformat=2 -Wvla -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual -Wundef \
	-Wwrite-strings -Wswitch-enum -Wno-unused-parameter $(if $(WERROR),-Werror)
HARDEN := -fstack-protector-strong -fstack-clash-protection -fPIE -fcf-protection
CFLAGS ?=
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DPROGRAM_VERSION='"$(VERSION)"' $(OPTIMISE) $(HARDEN) $(WARNINGS) \
	-I. -isystem $(BUILD) $(PKG_CFLAGS) $(CFLAGS)
# --as-needed: the agent does not load what only the aggregator uses.
ALL_LDFLAGS = $(OPTIMISE) -pie -Wl,-z,relro,-z,now,--as-needed $(LDFLAGS)

PROTO_SRC := $(wildcard proto/*.c)
AGENT_SRC := $(filter-out agent/main.c,$(wildcard agent/*.c))
AGGREGATOR_SRC := $(filter-out aggregator/main.c,$(wildcard aggregator/*.c aggregator/web/*.c aggregator/feed/*.c))
EMBEDDED := $(wildcard proto/measures/*.sql proto/*.csv proto/*.json agent/*.sql agent/*.csv aggregator/sql/*.sql \
	aggregator/*.csv $(filter-out %.md,$(wildcard aggregator/web/assets/*)) aggregator/web/*.csv aggregator/web/*.txt aggregator/web/*.yaml \
	aggregator/feed/*.csv aggregator/feed/reference/*.csv aggregator/feed/reference/*.txt)

PB := $(BUILD)/proto/report.pb-c
PROTO_OBJ := $(PROTO_SRC:%.c=$(BUILD)/%.o) $(PB).o $(BUILD)/embedded.o
AGENT_OBJ := $(AGENT_SRC:%.c=$(BUILD)/%.o)
AGGREGATOR_OBJ := $(AGGREGATOR_SRC:%.c=$(BUILD)/%.o)
LIBS := $(BUILD)/libagent.a $(BUILD)/libaggregator.a $(BUILD)/libproto.a

BIN := $(BUILD)/district-agent $(BUILD)/district-aggregator
SIMULATE := $(BUILD)/simulate
TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))
INTEGRATION := $(patsubst tests/integration/%.c,$(BUILD)/tests/integration/%,$(wildcard tests/integration/test_*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAYS := $(patsubst tests/fuzz/%.c,$(BUILD)/replay/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCHES := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/bench_*.c)) $(BUILD)/bench/slow_fsync.so

.PHONY: all help setup demo demo-once check check-fast screens test lint fuzz bench format install clean binaries tests
.DEFAULT_GOAL := all

all: $(BIN) $(SIMULATE)
binaries: $(BIN) $(SIMULATE)
tests: $(TESTS) $(INTEGRATION) $(REPLAYS)

help:
	@echo 'make            build both programs and the simulator (into build/release)'
	@echo 'make demo       install what is missing, build, simulate 30 months in ten districts,'
	@echo '                publish them, show the city; runs until Ctrl-C'
	@echo 'make demo-once  the same, compares every figure with the truth, and exits'
	@echo 'make check      install what is missing, build with sanitizers, run all tests, also in a browser'
	@echo 'make check-fast unit tests only, nothing installed'
	@echo 'make screens    pictures of the dashboard into deploy/screens, for the README'
	@echo 'make lint       format, static analysis, house rules (warnings are errors)'
	@echo 'make fuzz       run every fuzz target for FUZZ_S seconds each (default 60)'
	@echo 'make bench      throughput, latency and memory, each beside its floor'
	@echo 'make format     reformat the sources'
	@echo 'make install    PREFIX=/usr/local DESTDIR='
	@echo 'make clean      remove build/'
	@echo 'Options: SAN=1 (sanitizers), V=1 (show commands), CC=, CFLAGS=, PREFIX=, DESTDIR='

setup:
	$(Q)deploy/setup.sh build

demo: setup
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) all
	$(Q)deploy/demo/demo.sh stay

demo-once: setup
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) all
	$(Q)deploy/demo/demo.sh once

check:
	$(Q)deploy/setup.sh check
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) SAN=1 binaries tests
	$(Q)tests/run.sh build/san all

screens:
	$(Q)deploy/setup.sh check
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) all
	$(Q)tests/browser/run.sh $(BUILD) screens

check-fast:
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) SAN=1 tests
	$(Q)tests/run.sh build/san unit

# ---- generated code and embedded files

$(PB).c $(PB).h &: proto/report.proto
	$(Q)mkdir -p $(@D)
	@echo '  PROTOC  $<'
	$(Q)protoc-c --c_out=$(BUILD) $<

# Text files that the programs carry, found by their path in this tree (proto/embed.h).
$(BUILD)/embedded.c: $(EMBEDDED) proto/embed.sh
	$(Q)mkdir -p $(@D)
	@echo '  EMBED   $@'
	$(Q)proto/embed.sh $(EMBEDDED) > $@.tmp && mv $@.tmp $@

# ---- objects, libraries, programs

$(PB).o: $(PB).c
	@echo '  CC      $<'
	$(Q)$(CC) -std=c11 $(OPTIMISE) -fPIE -I$(BUILD) $(PKG_CFLAGS) -c -o $@ $<

$(BUILD)/embedded.o: $(BUILD)/embedded.c
	@echo '  CC      $<'
	$(Q)$(CC) $(ALL_CFLAGS) -MD -MP -c -o $@ $<

$(BUILD)/%.o: %.c | $(PB).h
	$(Q)mkdir -p $(@D)
	@echo '  CC      $<'
	$(Q)$(CC) $(ALL_CFLAGS) -MD -MP -c -o $@ $<

$(BUILD)/libproto.a: $(PROTO_OBJ)
$(BUILD)/libagent.a: $(AGENT_OBJ)
$(BUILD)/libaggregator.a: $(AGGREGATOR_OBJ)
$(BUILD)/lib%.a:
	@echo '  AR      $@'
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/district-agent: $(BUILD)/agent/main.o $(BUILD)/libagent.a $(BUILD)/libproto.a
$(BUILD)/district-aggregator: $(BUILD)/aggregator/main.o $(BUILD)/libaggregator.a $(BUILD)/libproto.a
$(BUILD)/simulate: $(patsubst %.c,$(BUILD)/%.o,$(wildcard deploy/demo/*.c)) $(BUILD)/libproto.a
$(BIN) $(SIMULATE):
	@echo '  LD      $@'
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) $(if $(filter %simulate,$@),-lxlsxwriter)

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/tests/harness.o $(LIBS)
	@echo '  LD      $@'
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) $(WRAP) -o $@ $(filter %.o,$^) $(LIBS) $(PKG_LIBS) -lxlsxwriter $(CHECK_LIBS)

# The real programs, started and asked by tests/fleet.h; peers and lines made by hand.
$(INTEGRATION): $(patsubst %,$(BUILD)/tests/%.o,fleet fleet_city fleet_look fleet_web wire line reports) | $(BIN)

$(BUILD)/bench/slow_fsync.so: tests/bench/slow_fsync.c
	$(Q)mkdir -p $(@D)
	@echo '  LD      $@'
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE -O2 $(WARNINGS) -shared -fPIC -o $@ $< -ldl

$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(patsubst %,$(BUILD)/tests/bench/%.o,city dashboard floor history peers process sessions) $(LIBS)
	$(Q)mkdir -p $(@D)
	@echo '  LD      $@'
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

# Every chart in typical and edge states, as one page to look at.
$(BUILD)/gallery: $(BUILD)/tests/gallery.o $(LIBS)
	@echo '  LD      $@'
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

# Agents, entries and areas that these make.
$(addprefix $(BUILD)/tests/test_,admit project ingest rebuild): $(BUILD)/tests/reports.o

# Fuzz targets: with libFuzzer (clang), and as replays of the corpus under the test build.
$(BUILD)/replay/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/replay.o $(LIBS)
	$(Q)mkdir -p $(@D)
	@echo '  LD      $@'
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

fuzz:
	$(Q)deploy/setup.sh fuzz
	$(Q)tests/fuzz/run.sh $(or $(FUZZ_S),60)

bench: setup
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) all
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) $(BENCHES)
	$(Q)tests/bench/run.sh $(BUILD)

lint:
	$(Q)deploy/setup.sh lint
	$(Q)tests/lint.sh

format:
	$(Q)clang-format -i $(shell git ls-files '*.c' '*.h')

install: all
	$(Q)deploy/setup.sh install
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/district-reporting
	install -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin
	cp -R deploy/birmingham deploy/agent.example.yaml deploy/aggregator.example.yaml $(DESTDIR)$(PREFIX)/share/district-reporting
	deploy/man.sh $(BUILD) $(VERSION) $(DESTDIR)$(PREFIX)/share/man/man1

clean:
	rm -rf build

.SECONDARY:
-include $(shell find build -name '*.d' 2>/dev/null)
