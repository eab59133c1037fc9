/** Runs a transfer to its end and sorts what it told. */
import type { Transfer, TransferLine, TransferPart, TransferResolved } from '../../../src/engine/transfer.ts';

export interface Followed<Result> {
  readonly result: Result;
  readonly parts: readonly TransferPart[];
  /** Ids in the order in which their rows appeared. */
  readonly rows: readonly string[];
  /** The last that was told of each row. */
  readonly last: ReadonlyMap<string, TransferPart>;
  readonly lines: readonly TransferLine[];
  readonly resolved: readonly TransferResolved[];
}

export async function follow<Result>(
  transfer: Transfer<Result>,
  each: (part: TransferPart) => void = () => {},
): Promise<Followed<Result>> {
  const parts: TransferPart[] = [];
  const lines: TransferLine[] = [];
  const resolved: TransferResolved[] = [];
  const last = new Map<string, TransferPart>();
  for (;;) {
    const next = await transfer.next();
    if (next.done) return { result: next.value, parts, rows: [...last.keys()], last, lines, resolved };
    const event = next.value;
    if (event.type === 'line') lines.push(event);
    else if (event.type === 'resolved') resolved.push(event);
    else {
      parts.push(event);
      last.set(event.id, event);
      each(event);
    }
  }
}
