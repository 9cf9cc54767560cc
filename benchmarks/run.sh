#!/usr/bin/env bash
# Install the peers in virtual environments of their own, and run all benchmarks.
#
# BENCH_ROOFIT, BENCH_ZFIT, BENCH_IMINUIT, BENCH_ONNX, BENCH_TORCH, BENCH_KERAS and
# BENCH_SKLEARN may name environments that exist;
# BENCH_LIKELY is the one where likely is installed. The wheel `root` 0.1a12 is ROOT 6.40.
# PYTHON makes the environments.
set -euo pipefail
cd "$(dirname "$0")/.."

: "${PYTHON:=python3}"
: "${BENCH_LIKELY:=.venv}"

# Usage: environment FOLDER REQUIREMENT...   Makes FOLDER unless it is complete.
environment() {
  local folder=$1
  shift
  [ -e "$folder/.installed" ] && return
  "$PYTHON" -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
  touch "$folder/.installed"
}

if [ -z "${BENCH_ROOFIT:-}" ]; then
  BENCH_ROOFIT=.venv-bench-roofit
  environment "$BENCH_ROOFIT" "root==0.1a12" numpy
fi
if [ -z "${BENCH_ZFIT:-}" ]; then
  BENCH_ZFIT=.venv-bench-zfit
  environment "$BENCH_ZFIT" "zfit>=0.28"
fi
if [ -z "${BENCH_IMINUIT:-}" ]; then
  BENCH_IMINUIT=.venv-bench-iminuit
  environment "$BENCH_IMINUIT" "iminuit>=2.33" "numba-stats>=1.13" uproot
fi
if [ -z "${BENCH_ONNX:-}" ]; then
  BENCH_ONNX=.venv-bench-onnx
  environment "$BENCH_ONNX" "onnxruntime>=1.22" numpy
fi

if [ -z "${BENCH_TORCH:-}" ]; then
  BENCH_TORCH=.venv-bench-torch
  environment "$BENCH_TORCH" "torch==2.13.0" numpy
fi
if [ -z "${BENCH_KERAS:-}" ]; then
  BENCH_KERAS=.venv-bench-keras
  environment "$BENCH_KERAS" "keras>=3.15" "jax>=0.10.1" numpy
fi
if [ -z "${BENCH_SKLEARN:-}" ]; then
  BENCH_SKLEARN=.venv-bench-sklearn
  environment "$BENCH_SKLEARN" "scikit-learn>=1.7" numpy
fi

"$BENCH_IMINUIT/bin/python" benchmarks/reference_fits.py
"$BENCH_LIKELY/bin/python" benchmarks/massfit.py \
  --likely "$BENCH_LIKELY/bin/python" --roofit "$BENCH_ROOFIT/bin/python" \
  --zfit "$BENCH_ZFIT/bin/python" --iminuit "$BENCH_IMINUIT/bin/python" "$@"
"$BENCH_LIKELY/bin/python" benchmarks/toys.py \
  --likely "$BENCH_LIKELY/bin/python" --roofit "$BENCH_ROOFIT/bin/python"
for name in kstarmumu scaling; do
  "$BENCH_LIKELY/bin/python" "benchmarks/$name.py" \
    --likely "$BENCH_LIKELY/bin/python" --roofit "$BENCH_ROOFIT/bin/python"
done
"$BENCH_LIKELY/bin/python" benchmarks/inference.py \
  --likely "$BENCH_LIKELY/bin/python" --onnxruntime "$BENCH_ONNX/bin/python"
"$BENCH_LIKELY/bin/python" benchmarks/epoch.py --likely "$BENCH_LIKELY/bin/python" \
  --torch "$BENCH_TORCH/bin/python" --keras "$BENCH_KERAS/bin/python"
"$BENCH_LIKELY/bin/python" benchmarks/quality.py \
  --likely "$BENCH_LIKELY/bin/python" --sklearn "$BENCH_SKLEARN/bin/python"
"$BENCH_LIKELY/bin/python" benchmarks/memory.py
"$BENCH_LIKELY/bin/python" benchmarks/streaming.py
"$BENCH_LIKELY/bin/python" benchmarks/cold_start.py
