/** Long work in pieces of a few milliseconds: keys and frames get their turn in between. */

/** Milliseconds of one piece. */
const PIECE = 5;

/**
 * Runs `work`, which pauses often, and hands its result to `take`: before this returns where that takes no longer than one
 * piece. Call what it returns to give the work up.
 */
export function inSlices<Result>(
  work: Generator<unknown, Result>,
  take: (result: Result) => void,
  clock: () => number = () => performance.now(),
): () => void {
  let turn: NodeJS.Immediate | undefined;
  const step = (): void => {
    const end = clock() + PIECE;
    do {
      const { done, value } = work.next();
      if (done) {
        turn = undefined;
        take(value);
        return;
      }
    } while (clock() < end);
    turn = setImmediate(step);
  };
  step();
  return () => clearImmediate(turn);
}
