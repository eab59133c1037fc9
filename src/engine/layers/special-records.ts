/** What members of a tar that are none themselves say about the next one: long names, and extended attributes. */
import { damaged } from '../archive/fault.ts';
import { type PaxRecords, readPaxRecords } from './pax-records.ts';
import { TYPE } from './tar-header.ts';

export type Special = 'name' | 'link' | 'pax' | 'global';

const NO_RECORDS: PaxRecords = {};

export class SpecialRecords {
  longName: Buffer | undefined;
  longLink: Buffer | undefined;
  #pax = NO_RECORDS;
  #global = NO_RECORDS;

  /** Extended attributes of the next member, those of all members among them. */
  get pax(): PaxRecords {
    if (this.#global === NO_RECORDS) return this.#pax;
    return this.#pax === NO_RECORDS ? this.#global : { ...this.#global, ...this.#pax };
  }

  /** Errors: `corrupt`. */
  take(kind: Special, bytes: Buffer): void {
    if (kind === 'name') this.longName = untilZero(bytes);
    else if (kind === 'link') this.longLink = untilZero(bytes);
    else {
      // Copied: a chunk that is kept would keep all of its memory.
      const records = readPaxRecords(Buffer.from(bytes));
      if (records === undefined) throw damaged('its extended attributes cannot be read');
      if (kind === 'global') this.#global = { ...this.#global, ...records };
      else this.#pax = records;
    }
  }

  /** The member that they were about is there. */
  next(): void {
    this.longName = undefined;
    this.longLink = undefined;
    this.#pax = NO_RECORDS;
  }
}

export function specialOf(type: number): Special | undefined {
  if (type === TYPE.paxLocal) return 'pax';
  if (type === TYPE.gnuLongName) return 'name';
  if (type === TYPE.gnuLongLink) return 'link';
  return type === TYPE.paxGlobal ? 'global' : undefined;
}

function untilZero(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end));
}
