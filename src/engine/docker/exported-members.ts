/** The members of an exported archive as they pass: one after the other, each body at most once. */

import { damagedPart } from '../archive/fault.ts';
import { TYPE } from '../layers/tar-header.ts';
import { TarScan } from '../layers/tar-scan.ts';

export interface ExportedMember {
  readonly name: string;
  /** Where a symbolic or hard link leads, as it stands there; undefined for what is no link. */
  readonly link: { readonly target: string; readonly isSymbolic: boolean } | undefined;
  /** Bytes of the body. */
  readonly size: number;
  /** The body's bytes, as long as no other member was asked for; each part until the next one is. */
  readonly body: AsyncGenerator<Buffer, void, void>;
}

type Piece = Omit<ExportedMember, 'body'> | Buffer | typeof END;
const END = Symbol('end of a body');

/** What of a body was left is passed over. `what` it is, for people. Errors: `corrupt`, those of `bytes`. */
export async function* exportedMembers(
  bytes: AsyncIterable<Buffer>,
  what: string,
): AsyncGenerator<ExportedMember, void, void> {
  const source = bytes[Symbol.asyncIterator]();
  const pieces: Piece[] = [];
  let at = 0;
  const scan = new TarScan({
    onMember: ({ type, name, link, stored }) => {
      const isSymbolic = type === TYPE.symlink;
      const isLink = isSymbolic || type === TYPE.hardLink;
      pieces.push({
        name: name.toString(),
        link: isLink ? { target: link.toString(), isSymbolic } : undefined,
        size: stored,
      });
    },
    onBody: (part) => pieces.push(part),
    onBodyEnd: () => pieces.push(END),
  });
  const next = async (): Promise<Piece | undefined> => {
    while (at === pieces.length) {
      pieces.length = 0;
      at = 0;
      const step = await source.next();
      try {
        if (!step.done) scan.write(step.value);
        else scan.end();
      } catch (thrown) {
        throw damagedPart(what, thrown);
      }
      if (step.done) return undefined;
    }
    return pieces[at++];
  };
  try {
    for (let piece = await next(); piece !== undefined; piece = await next()) {
      if (piece === END || Buffer.isBuffer(piece)) continue;
      const body = bodyFrom(next);
      yield { ...piece, body };
      // One that was begun takes no more, and leaves its rest to the loop.
      await body.return();
    }
  } finally {
    await source.return?.();
  }
}

async function* bodyFrom(next: () => Promise<Piece | undefined>): AsyncGenerator<Buffer, void, void> {
  for (let piece = await next(); Buffer.isBuffer(piece); piece = await next()) yield piece;
}
