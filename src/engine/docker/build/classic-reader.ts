/** The text of Docker's classic builder. */
import type { BuildEvent } from '../../build.ts';
import { EngineError } from '../../errors.ts';
import { line } from '../../text.ts';
import { TransferLines } from '../transfer-lines.ts';
import { asRow, type BuildFailure, type BuildReader, type BuildRow, errorOf, idOf } from './build-reader.ts';
import { TextStages } from './text-stages.ts';
import { TextSteps } from './text-steps.ts';

const HEADER = /^Step (\d+)\/(\d+) : (.+)$/s;
/** `FROM scratch` makes nothing. */
const MADE = /^ ---> (?:[0-9a-f]{12})?\n?$/;
const NOTED =
  /^(?: ---> Running in [0-9a-f]{12}|(?: ---> Removed|Removing) intermediate container [0-9a-f]{12,64})\n?$/;
const CACHED = /^ ---> Using cache\n?$/;
const WARNED = /^(?: ---> )?\[Warning\] (.+?)\n?$/s;
const SUCCESS = /^Successfully (?:built|tagged) .+\n?$/;
/** How the engine marks what a program wrote to stderr. */
const ERR = '\u001b[91m';
const RESET = '\u001b[0m';

export class ClassicReader implements BuildReader {
  id = '';
  failure: BuildFailure | undefined;
  readonly #steps = new TextSteps();
  readonly #stages = new TextStages();
  #position = 0;
  #of = 0;
  #awaitsEnd = false;
  #pull: TransferLines | undefined;

  read(value: unknown): BuildEvent[] {
    const row = asRow(value);
    const said = errorOf(row);
    if (said !== undefined) this.#fail(said, row);
    else if (typeof row.stream === 'string') this.#readText(row.stream);
    else if (typeof row.status === 'string') this.#readPull(row);
    else this.id = idOf(row) || this.id;
    return this.#steps.take();
  }

  finish(): BuildEvent[] {
    if (this.id !== '' && this.failure === undefined && this.#position === this.#of) this.#steps.end();
    else this.#steps.cancel();
    return this.#steps.take();
  }

  #fail(said: string, row: BuildRow): void {
    const code = row.errorDetail?.code;
    const { current, tail } = this.#steps;
    this.failure = {
      said,
      step: this.#steps.isRunning ? current : undefined,
      tail,
      exitCode: typeof code === 'number' && code !== 0 ? code : undefined,
    };
    if (this.#steps.isRunning) this.#steps.fail(line(said));
  }

  #readText(text: string): void {
    if (this.#readControl(text)) return;
    // The end of a header comes for itself.
    if (this.#awaitsEnd && text === '\n') {
      this.#awaitsEnd = false;
      return;
    }
    this.#steps.resume();
    if (text.startsWith(ERR)) {
      const bare = text.endsWith(RESET) ? text.slice(ERR.length, -RESET.length) : text.slice(ERR.length);
      this.#steps.print('err', bare);
    } else this.#steps.print('out', text);
  }

  /** What the builder itself says comes in chunks of its own. A program that imitates it deceives only in its own step. */
  #readControl(text: string): boolean {
    const header = HEADER.exec(text);
    if (header !== null) return this.#begin(header[3] ?? '', Number(header[1]), Number(header[2]));
    if (this.#position > 0 && MADE.test(text)) this.#steps.end();
    else if (CACHED.test(text)) this.#steps.cached();
    else if (NOTED.test(text)) this.#steps.endLines();
    else if (SUCCESS.test(text) && this.id !== '') {
      this.#steps.end();
      this.#steps.tell({ type: 'line', topic: 'engine', text: line(text).trim() });
    } else {
      const warned = WARNED.exec(text)?.[1];
      if (warned === undefined) return false;
      this.#steps.warn(warned);
    }
    return true;
  }

  /** False where it is not the next step's turn. */
  #begin(name: string, position: number, of: number): boolean {
    // What comes before the first stage has nothing to make.
    const mayFollow = !this.#steps.isRunning || /^ARG /i.test(this.#steps.current?.name ?? '');
    if (position !== this.#position + 1 || (this.#of !== 0 && of !== this.#of) || !mayFollow) return false;
    this.#position = position;
    this.#of = of;
    const shown = line(name).trim();
    const from = /^FROM\s/i.test(shown) ? this.#stages.begin(shown) : [];
    const id = String(position);
    const inputs = [...from, ...this.#stages.step(id, shown)];
    this.#steps.begin({ id, name: shown, stage: this.#stages.name, position, of, internal: false, inputs });
    this.#awaitsEnd = true;
    this.#pull = undefined;
    return true;
  }

  /** The base image is pulled: the lines of a pull. */
  #readPull(row: BuildRow): void {
    this.#pull ??= new TransferLines({
      isPodman: false,
      explain: (said) => new EngineError({ code: 'engine', message: said, hint: 'Try again.' }),
    });
    for (const event of this.#pull.read(row)) {
      if (event.type === 'line') this.#steps.print('out', `${event.text}\n`);
      else if (event.type === 'part') {
        const { id, stage, done, total } = event;
        const ended = stage === 'done' || stage === 'present';
        this.#steps.inside({ id, name: `${stage} ${id}`, done, total, ended });
      }
    }
  }
}
