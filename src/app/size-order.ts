/** Entries of each folder of a tree, largest first: worked out in pieces, since a folder may have a hundred thousand. */

/** Entries sorted or merged between two pauses: a few milliseconds. */
const RUN = 2_048;

/**
 * Of `count` entries, those that lie together in a folder in their new order, each folder where it was: from
 * `firsts[place]` on, up to before `firsts[place + 1]`. Those of the same size stay in the order that they have.
 */
export function* orderBySize(
  sizes: Float64Array,
  firsts: Uint32Array,
  count: number,
): Generator<void, Uint32Array> {
  const order = Uint32Array.from({ length: count }, (_, entry) => entry);
  const compare = (a: number, b: number): number => sizes[b]! - sizes[a]! || a - b;
  yield;
  let done = 0;
  for (let place = 0; place + 1 < firsts.length; place++) {
    const from = firsts[place]!;
    const to = firsts[place + 1]!;
    for (let run = from; run < to; run += RUN) {
      const end = Math.min(to, run + RUN);
      if (end - run > 1) order.subarray(run, end).sort(compare);
      done += end - run;
      if (done < RUN) continue;
      done = 0;
      yield;
    }
    if (to - from > RUN) yield* merge(order, from, to, compare);
  }
  return order;
}

/** Of runs that are sorted each, one. */
function* merge(
  order: Uint32Array,
  from: number,
  to: number,
  compare: (a: number, b: number) => number,
): Generator<void> {
  let [source, target] = [order.slice(from, to), new Uint32Array(to - from)];
  const { length } = source;
  for (let run = RUN; run < length; run *= 2) {
    for (let left = 0; left < length; left += 2 * run) {
      const middle = Math.min(length, left + run);
      const end = Math.min(length, middle + run);
      let [l, r] = [left, middle];
      for (let at = left; at < end; at++) {
        const isLeft = r === end || (l < middle && compare(source[l]!, source[r]!) <= 0);
        target[at] = isLeft ? source[l++]! : source[r++]!;
        if (at % RUN === 0) yield;
      }
    }
    [source, target] = [target, source];
  }
  order.set(source, from);
}
