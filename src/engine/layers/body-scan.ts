/** Takes the bodies of some members out of a tar that passes by. */
import { SparseBody } from './sparse-map.ts';
import { TarScan } from './tar-scan.ts';

/** `bytes` may only be looked at until the tar goes on. */
export type ScannedBody =
  /** `offset`: where its body begins in the tar, by which an index knows it. */
  | { readonly type: 'begin'; readonly offset: number; readonly size: number }
  | { readonly type: 'bytes'; readonly position: number; readonly bytes: Buffer }
  | { readonly type: 'end' };

/** Feed its `scan`, then take what has come. */
export class BodyScan {
  readonly scan: TarScan;
  /** Within a body that is wanted. */
  isWithin = false;
  #come: ScannedBody[] = [];
  #sparse: SparseBody | undefined;
  #position = 0;

  /** `isWanted`: told the offset and the unpacked size of each member. */
  constructor(isWanted: (offset: number, size: number) => boolean) {
    const put = (bytes: Buffer, position: number): void => {
      this.#come.push({ type: 'bytes', position, bytes });
    };
    this.scan = new TarScan({
      onMember: ({ offset, size, sparse }) => {
        this.isWithin = isWanted(offset, size);
        if (!this.isWithin) return;
        this.#position = 0;
        this.#sparse = sparse === undefined ? undefined : new SparseBody(sparse, size, put);
        this.#come.push({ type: 'begin', offset, size });
      },
      onBody: (bytes) => {
        if (!this.isWithin) return;
        if (this.#sparse !== undefined) this.#sparse.write(bytes);
        else {
          put(bytes, this.#position);
          this.#position += bytes.length;
        }
      },
      onBodyEnd: () => {
        if (!this.isWithin) return;
        this.#sparse?.end();
        this.isWithin = false;
        this.#come.push({ type: 'end' });
      },
    });
  }

  take(): readonly ScannedBody[] {
    const come = this.#come;
    this.#come = [];
    return come;
  }
}
