/** A parsed template and its execution: the part of Go's text/template that docker's users write. */
import { UsageError } from '../failure.ts';
import { FUNCTIONS, type TemplateFunction } from './functions.ts';
import { type Branch, type Node, type Operand, type Pipe, parseTemplate } from './tree.ts';
import { isMap, isTrue, kindOf, print, type Value } from './value.ts';

/** What `.Name` is on a value; throws UsageError where there is no such field. */
export type FieldLookup = (value: Value, name: string) => Value;

export class Template {
  readonly #nodes: readonly Node[];

  /** Throws UsageError where the text is no template, or one nacre cannot do. */
  constructor(text: string) {
    this.#nodes = parseTemplate(text);
  }

  /** Names of fields that are read from the data itself, whatever the data is. */
  fieldsOfData(): string[] {
    return [...new Set(fieldsIn(this.#nodes, true))];
  }

  execute(
    data: Value,
    functions: ReadonlyMap<string, TemplateFunction> = FUNCTIONS,
    lookup: FieldLookup = plainLookup,
  ): string {
    return new Execution(functions, lookup).run(this.#nodes, data, new Scope(data));
  }
}

export function plainLookup(value: Value, name: string): Value {
  if (!isMap(value)) throw new UsageError(`--format: .${name} cannot be read from ${kindOf(value)}`);
  if (!Object.hasOwn(value, name)) throw new UsageError(`--format: there is no field .${name}`);
  return value[name];
}

/** `atTop`: the dot is the data, which it no longer is inside a range or with. */
function fieldsIn(nodes: readonly Node[], atTop: boolean): string[] {
  return nodes.flatMap((node) => {
    if (node.kind === 'text') return [];
    const own = fieldsOfPipe(node.pipe, atTop);
    if (node.kind === 'print') return own;
    const inside = fieldsIn(node.body, atTop && node.kind === 'if');
    return [...own, ...inside, ...fieldsIn(node.otherwise, atTop)];
  });
}

function fieldsOfPipe(pipe: Pipe, atTop: boolean): string[] {
  return pipe.stages.flat().flatMap((operand) => {
    if (operand.kind !== 'path') return [];
    if (operand.from === 'pipe') return fieldsOfPipe(operand.pipe!, atTop);
    const isData = operand.from === 'dot' ? atTop : operand.variable === '';
    return isData ? operand.fields.slice(0, 1) : [];
  });
}

/** Variables by name; `$` is the data itself. */
class Scope {
  readonly #values = new Map<string, Value>();
  readonly #outer: Scope | undefined;

  constructor(data: Value, outer?: Scope) {
    this.#outer = outer;
    if (outer === undefined) this.#values.set('', data);
  }

  inner(): Scope {
    return new Scope(undefined, this);
  }

  declare(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  assign(name: string, value: Value): void {
    if (this.#values.has(name)) this.#values.set(name, value);
    else if (this.#outer === undefined) throw new UsageError(`--format: there is no variable $${name}`);
    else this.#outer.assign(name, value);
  }

  read(name: string): Value {
    if (this.#values.has(name)) return this.#values.get(name);
    if (this.#outer === undefined) throw new UsageError(`--format: there is no variable $${name}`);
    return this.#outer.read(name);
  }
}

class Execution {
  readonly #functions: ReadonlyMap<string, TemplateFunction>;
  readonly #lookup: FieldLookup;

  constructor(functions: ReadonlyMap<string, TemplateFunction>, lookup: FieldLookup) {
    this.#functions = functions;
    this.#lookup = lookup;
  }

  run(nodes: readonly Node[], dot: Value, scope: Scope): string {
    let out = '';
    for (const node of nodes) {
      if (node.kind === 'text') {
        out += node.text;
      } else if (node.kind === 'print') {
        const value = this.#pipe(node.pipe, dot, scope);
        if (node.pipe.variables.length === 0) out += print(value);
      } else if (node.kind === 'range') {
        out += this.#range(node, dot, scope);
      } else {
        const inner = scope.inner();
        const value = this.#pipe(node.pipe, dot, inner);
        if (!isTrue(value)) out += this.run(node.otherwise, dot, inner);
        else out += this.run(node.body, node.kind === 'with' ? value : dot, inner);
      }
    }
    return out;
  }

  #range(node: Branch, dot: Value, scope: Scope): string {
    const over = this.#value(node.pipe, dot, scope);
    const items = entries(over);
    if (items.length === 0) return this.run(node.otherwise, dot, scope.inner());
    const [first, second] = node.pipe.variables;
    return items
      .map(([key, item]) => {
        const inner = scope.inner();
        if (second !== undefined) {
          inner.declare(first!, key);
          inner.declare(second, item);
        } else if (first !== undefined) {
          inner.declare(first, item);
        }
        return this.run(node.body, item, inner);
      })
      .join('');
  }

  #pipe(pipe: Pipe, dot: Value, scope: Scope): Value {
    const value = this.#value(pipe, dot, scope);
    const [name] = pipe.variables;
    if (name !== undefined) {
      if (pipe.assign) scope.assign(name, value);
      else scope.declare(name, value);
    }
    return value;
  }

  /** The pipe's value: each stage's value is the last argument of the next. */
  #value(pipe: Pipe, dot: Value, scope: Scope): Value {
    let piped: readonly Value[] = [];
    for (const [head, ...rest] of pipe.stages) {
      const args = [...rest.map((operand) => this.#operand(operand, dot, scope)), ...piped];
      if (head!.kind === 'call') {
        piped = [this.#call(head!.name, args)];
      } else if (args.length > 0) {
        throw new UsageError('--format: only a function takes arguments');
      } else {
        piped = [this.#operand(head!, dot, scope)];
      }
    }
    return piped[0];
  }

  #operand(operand: Operand, dot: Value, scope: Scope): Value {
    if (operand.kind === 'value') return operand.value;
    if (operand.kind === 'call') return this.#call(operand.name, []);
    let value = dot;
    if (operand.from === 'variable') value = scope.read(operand.variable!);
    else if (operand.from === 'pipe') value = this.#value(operand.pipe!, dot, scope);
    for (const name of operand.fields) value = this.#lookup(value, name);
    return value;
  }

  #call(name: string, args: readonly Value[]): Value {
    const call = this.#functions.get(name);
    if (call === undefined) {
      throw new UsageError(
        `--format: there is no function ${name} (there are ${[...this.#functions.keys()].join(' ')})`,
      );
    }
    return call(...args);
  }
}

function entries(value: Value): (readonly [Value, Value])[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.map((item, at) => [at, item]);
  if (isMap(value)) {
    return Object.keys(value)
      .sort()
      .map((key) => [key, value[key]]);
  }
  throw new UsageError(`--format: range cannot go over ${kindOf(value)}`);
}
