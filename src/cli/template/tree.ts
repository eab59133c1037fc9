/** The syntax tree of a Go template: what nacre understands of it, and a clear word about what it does not. */
import { UsageError } from '../failure.ts';
import { type Token, tokens } from './token.ts';

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly pipe: Pipe }
  | Branch;

export interface Branch {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipe: Pipe;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

export interface Pipe {
  /** `$x := …`, `$i, $x := range …`; `assign` for a plain `=`. */
  readonly variables: readonly string[];
  readonly assign: boolean;
  readonly stages: readonly (readonly Operand[])[];
}

export type Operand =
  | { readonly kind: 'value'; readonly value: string | number | boolean | null }
  | { readonly kind: 'call'; readonly name: string }
  | {
      readonly kind: 'path';
      readonly from: 'dot' | 'variable' | 'pipe';
      readonly variable?: string;
      readonly pipe?: Pipe;
      readonly fields: readonly string[];
    };

const CONSTANTS = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['nil', null],
]);
const UNSUPPORTED = new Set(['define', 'template', 'block', 'break', 'continue']);

export function parseTemplate(template: string): Node[] {
  const queue = tokens(template);
  let at = 0;
  const { nodes, ended } = list();
  if (ended !== '') throw new UsageError(`--format: {{${ended}}} has nothing to end`);
  return nodes;

  /** Nodes up to the end of the template, or up to an `end` or `else`, which is taken. */
  function list(): { nodes: Node[]; ended: '' | 'end' | 'else' } {
    const nodes: Node[] = [];
    for (;;) {
      const token = queue[at++];
      if (token === undefined) return { nodes, ended: '' };
      if (token.kind === 'text') {
        nodes.push(token);
        continue;
      }
      const word = peekWord();
      if (word === 'end') {
        at++;
        close();
        return { nodes, ended: 'end' };
      }
      if (word === 'else') {
        at++;
        return { nodes, ended: 'else' };
      }
      if (word === 'if' || word === 'with' || word === 'range') {
        at++;
        nodes.push(branch(word));
      } else if (word !== undefined && UNSUPPORTED.has(word)) {
        throw new UsageError(`--format: nacre's templates know no {{${word}}}`);
      } else {
        const only = pipe();
        close();
        if (only.variables.length > 1) throw new UsageError('--format: two variables belong to a range');
        nodes.push({ kind: 'print', pipe: only });
      }
    }
  }

  function branch(kind: Branch['kind']): Branch {
    const condition = pipe();
    close();
    const body = list();
    let otherwise: readonly Node[] = [];
    let ended = body.ended;
    if (ended === 'else') {
      const next = peekWord();
      if (next === 'if' || next === 'with') {
        at++;
        // `else if` is an if of its own, and both end with one `end`.
        otherwise = [branch(next)];
        ended = 'end';
      } else {
        close();
        const rest = list();
        otherwise = rest.nodes;
        ended = rest.ended;
      }
    }
    if (ended !== 'end') throw new UsageError(`--format: {{${kind}}} has no {{end}}`);
    return { kind, pipe: condition, body: body.nodes, otherwise };
  }

  function pipe(): Pipe {
    const start = at;
    const variables: string[] = [];
    for (;;) {
      const token = queue[at];
      if (token?.kind !== 'variable') break;
      variables.push(token.name);
      at++;
      if (isSign(',')) at++;
      else break;
    }
    const assign = isSign('=');
    if (variables.length > 0 && (assign || isSign(':='))) at++;
    else {
      variables.length = 0;
      at = start;
    }
    const stages = [stage()];
    while (isSign('|')) {
      at++;
      stages.push(stage());
    }
    return { variables, assign, stages };
  }

  function stage(): Operand[] {
    const operands: Operand[] = [];
    for (;;) {
      const operand = next();
      if (operand === undefined) break;
      operands.push(operand);
    }
    if (operands.length === 0) throw new UsageError('--format: a {{ }} or a part of it is empty');
    return operands;
  }

  function next(): Operand | undefined {
    const token = queue[at];
    if (token === undefined) return undefined;
    if (token.kind === 'value') {
      at++;
      return token;
    }
    if (token.kind === 'word') {
      at++;
      const value = CONSTANTS.get(token.name);
      return value === undefined ? { kind: 'call', name: token.name } : { kind: 'value', value };
    }
    if (token.kind === 'field') {
      at++;
      return { kind: 'path', from: 'dot', fields: [...named(token), ...attachedFields()] };
    }
    if (token.kind === 'variable') {
      at++;
      return { kind: 'path', from: 'variable', variable: token.name, fields: attachedFields() };
    }
    if (isSign('(')) {
      at++;
      const inner = pipe();
      if (!isSign(')')) throw new UsageError('--format: a ( has no )');
      at++;
      return { kind: 'path', from: 'pipe', pipe: inner, fields: attachedFields() };
    }
    return undefined;
  }

  function attachedFields(): string[] {
    const fields: string[] = [];
    for (;;) {
      const token = queue[at];
      if (token?.kind !== 'field' || !token.attached) return fields;
      fields.push(...named(token));
      at++;
    }
  }

  function named(token: Token & { kind: 'field' }): string[] {
    return token.name === '' ? [] : [token.name];
  }

  function peekWord(): string | undefined {
    const token = queue[at];
    return token?.kind === 'word' ? token.name : undefined;
  }

  function isSign(sign: string): boolean {
    const token = queue[at];
    return token?.kind === 'sign' && token.sign === sign;
  }

  function close(): void {
    const token = queue[at++];
    if (token?.kind !== 'close') throw new UsageError('--format: something is too much inside {{ }}');
  }
}
