/** Rows that belong together, gathered a piece at a time: there may be one for each file of an image. */

/** Rows between two pauses. */
const SLICE = 2_048;

/** Each group has at least one row, and they come as the first row of each did. */
export function* rowGroups<Row, Key>(
  rows: readonly Row[],
  keyOf: (row: Row) => Key,
): Generator<void, Iterable<readonly Row[]>> {
  const groups = new Map<Key, Row[]>();
  let left = SLICE;
  for (const row of rows) {
    if (--left === 0) {
      left = SLICE;
      yield;
    }
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups.values();
}
