/** What is wrong with an instruction; who applies it quotes it and adds what would be right. */
import { EngineError } from '../errors.ts';

export function badChange(message: string, hint = ''): EngineError {
  return new EngineError({ code: 'bad-input', message, hint });
}
