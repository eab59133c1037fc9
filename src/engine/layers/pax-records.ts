/** The records of a pax header: `LENGTH KEY=VALUE\n`. Source: POSIX pax, "pax Extended Header". */

export interface PaxRecords {
  /** Bytes as they stand there: names need not be UTF-8. */
  readonly path?: Buffer;
  readonly link?: Buffer;
  readonly size?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  /** A sparse file as GNU tar writes it in pax: its real name and its size when it is unpacked. */
  readonly sparseName?: Buffer;
  readonly sparseSize?: number;
  /** Pairs of where its bytes belong and how many they are. */
  readonly sparseMap?: number[];
  /** The map stands before the bytes instead. */
  readonly sparseInBody?: boolean;
}

const SPACE = 0x20;
const EQUALS = 0x3d;
const NEWLINE = 0x0a;

type Reader = (value: Buffer, found: PaxRecords) => Partial<PaxRecords>;
const KEYS: Readonly<Record<string, Reader>> = {
  path: (path) => ({ path }),
  linkpath: (link) => ({ link }),
  size: (value) => numbered('size', value),
  uid: (value) => numbered('uid', value),
  gid: (value) => numbered('gid', value),
  mtime: (value) => numbered('mtime', value),
  'GNU.sparse.name': (sparseName) => ({ sparseName }),
  'GNU.sparse.realsize': (value) => numbered('sparseSize', value),
  'GNU.sparse.size': (value) => numbered('sparseSize', value),
  // Versions 0.0 (one record each), 0.1 (all in one) and 1.0 (in the body). Source: GNU tar, "PAX Format, Versions 0.0 to 1.0".
  'GNU.sparse.offset': (value, found) => paired(found, value),
  'GNU.sparse.numbytes': (value, found) => paired(found, value),
  'GNU.sparse.map': (value) => ({ sparseMap: value.toString('latin1').split(',').map(Number) }),
  'GNU.sparse.major': (value) => ({ sparseInBody: value.toString('latin1') === '1' }),
};

/** Undefined where the records are damaged. What stands there twice counts as it stands last. */
export function readPaxRecords(body: Buffer): PaxRecords | undefined {
  const found: PaxRecords = {};
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(SPACE, at);
    const length = space === -1 ? Number.NaN : Number(body.toString('latin1', at, space));
    const end = at + length;
    const equals = body.indexOf(EQUALS, space);
    if (!Number.isSafeInteger(length) || end > body.length || equals === -1 || equals >= end)
      return undefined;
    if (length <= space - at || body[end - 1] !== NEWLINE) return undefined;
    const read = KEYS[body.toString('latin1', space + 1, equals)];
    if (read !== undefined) Object.assign(found, read(body.subarray(equals + 1, end - 1), found));
    at = end;
  }
  return found;
}

function paired({ sparseMap = [] }: PaxRecords, value: Buffer): Partial<PaxRecords> {
  sparseMap.push(Number(value.toString('latin1')));
  return { sparseMap };
}

function numbered(key: 'size' | 'uid' | 'gid' | 'mtime' | 'sparseSize', value: Buffer): Partial<PaxRecords> {
  const number = Number(value.toString('latin1'));
  return Number.isFinite(number) && value.length > 0 ? { [key]: number } : {};
}
