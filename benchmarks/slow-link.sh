#!/bin/bash
# One run of two workers in network namespaces of their own, between which a link carries RATE (such as 10mbit, each way)
# or is not limited: what it came to, from its log. Linux, as root.
#
#   benchmarks/slow-link.sh RATE CONFIG OUTPUT [--set KEY=VALUE ...]
#
# PROGRAM is the command, by default `npx steadyformer`.
set -euo pipefail
rate=$1 config=$2 output=$3
shift 3
program=${PROGRAM:-npx steadyformer}
port=7000
a=steady-a-$$ b=steady-b-$$

clean() {
  [ -z "${worker:-}" ] || kill "$worker" 2>/dev/null || true
  [ -z "${host:-}" ] || kill "$host" 2>/dev/null || true
  ip netns del "$a" 2>/dev/null || true
  ip netns del "$b" 2>/dev/null || true
  rm -f "$said"
}
said=$(mktemp)
trap clean EXIT

ip netns add "$a"
ip netns add "$b"
ip link add va netns "$a" type veth peer name vb netns "$b"
ip -n "$a" addr add 10.77.0.1/24 dev va
ip -n "$b" addr add 10.77.0.2/24 dev vb
for side in "$a va" "$b vb"; do
  read -r space device <<<"$side"
  ip -n "$space" link set lo up
  ip -n "$space" link set "$device" up
  if [ "$rate" != none ]; then
    tc -n "$space" qdisc add dev "$device" root tbf rate "$rate" burst 32kbit latency 400ms
  fi
done

ip netns exec "$a" $program train "$config" --output "$output" --listen "10.77.0.1:$port" --workers 2 --token slow "$@" >"$said" 2>&1 &
host=$!
until grep -q '^listening' "$said"; do
  kill -0 "$host" 2>/dev/null || { cat "$said"; exit 2; }
  sleep 0.2
done
ip netns exec "$b" $program join "http://10.77.0.1:$port" --token slow --quiet &
worker=$!
wait "$host" || { cat "$said"; exit 1; }
host=
wait "$worker" || true
worker=

# Bytes that have left the host's side; the time of updates after the first fifth.
sent=$(ip -n "$a" -s -j link show va | node -e '
  const [{ stats64: { tx, rx } }] = JSON.parse(require("fs").readFileSync(0, "utf8"));
  console.log(`${tx.bytes} ${rx.bytes}`);')
OUTPUT=$output RATE=$rate SENT=$sent node -e '
  const { OUTPUT, RATE, SENT } = process.env;
  const lines = require("fs").readFileSync(`${OUTPUT}/log.jsonl`, "utf8").trim().split("\n").map((line) => JSON.parse(line));
  const updates = lines.filter(({ event }) => event === "update");
  // By the clock, as a log of every tenth update may leave out those that wait.
  const [first, last] = [updates[Math.floor(updates.length / 5)], updates.at(-1)];
  const each = (Date.parse(last.time) - Date.parse(first.time)) / (last.update - first.update);
  const validations = lines.filter(({ event }) => event === "validation").map(({ update, loss }) => `${update}: ${loss.toFixed(4)}`);
  const [out, back] = SENT.split(" ").map(Number);
  console.log(`${RATE} ${OUTPUT}: ${each.toFixed(2)} ms an update, held-out loss ${validations.join(", ")}; ${(out / 1e6).toFixed(1)} MB from rank 0, ${(back / 1e6).toFixed(1)} MB to it`);'
