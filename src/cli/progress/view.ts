/** How the events of something long reach a person or a program while it runs. */
import type { TransferEvent } from '../../engine/transfer.ts';

export interface ProgressView<Event = TransferEvent> {
  show(event: Event): void | Promise<void>;
  /** It is over, well or not: leaves nothing half-drawn. */
  end(): void;
}

/** What is worth a line that stays, of what is no part: a log keeps the rest, and the result tells the digest. */
export function lastingLine(event: TransferEvent): string | undefined {
  return event.type === 'line' && event.topic === 'warning' ? `warning: ${event.text}` : undefined;
}
