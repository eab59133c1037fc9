/** A build of the engine's history as a BuildRecord. */
import type { BuildRecord } from '../../build-record.ts';
import { redact } from '../../redact.ts';
import { line } from '../../text.ts';
import { GRPC } from '../buildkit/grpc.ts';
import { familiarName, imageId } from '../normalise.ts';
import type { HistoryEvent } from './history-messages.ts';

export function recordOf(event: HistoryEvent): BuildRecord {
  const { attributes, error } = event;
  const references = namesOf(event.exports.get('name') ?? event.exported.get('image.name') ?? '');
  const target = line(attributes.get('target') ?? '');
  return {
    id: event.ref,
    title: references.length > 0 ? references.join(', ') : sourceOf(attributes, target),
    references,
    target,
    platform: line(attributes.get('platform') ?? ''),
    state: stateOf(event),
    error: error === undefined ? '' : redact(error.message),
    image: imageId(event.image),
    startedAt: event.createdAt ?? 0,
    endedAt: event.completedAt,
    steps: { total: event.total, cached: event.cached, done: event.completed },
  };
}

function stateOf({ type, error, completedAt }: HistoryEvent): BuildRecord['state'] {
  if (type === 'started' && completedAt === undefined) return 'running';
  if (error === undefined) return 'done';
  return error.code === GRPC.cancelled ? 'cancelled' : 'failed';
}

function namesOf(text: string): string[] {
  return [
    ...new Set(
      text
        .split(',')
        .filter((name) => name !== '')
        .map(familiarName),
    ),
  ];
}

/** A context that came with the request goes by an address made for this one build. */
const MADE_UP = /^https?:\/\/(?:build-context-|buildkit-session)/;

/** Where a build without a name came from: `https://github.com/acme/api.git#main`, else `Dockerfile`; and which stage. */
function sourceOf(attributes: ReadonlyMap<string, string>, target: string): string {
  const context = attributes.get('context') ?? '';
  const place = MADE_UP.test(context) ? '' : context;
  const source = place || attributes.get('vcs:source') || attributes.get('filename') || 'Dockerfile';
  return redact(source) + (target === '' ? '' : ` to ${target}`);
}
