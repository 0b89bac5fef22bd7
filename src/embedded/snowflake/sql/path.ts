/** Paths into a VARIANT that stand in a text: `a.b[0]`, `a["b c"]`. */
import { compilationError } from '../errors.ts';
import type { PathStep } from './operand.ts';

const STEP = /\.?([\p{L}_][\p{L}\p{N}_$]*)|\.?"([^"]*)"|\["([^"]*)"\]|\['([^']*)'\]|\[(\d+)\]/uy;

/** @throws SnowflakeError 001044 for a text that is no path */
export function parsePath(text: string): PathStep[] {
  const steps: PathStep[] = [];
  for (let at = 0; at < text.length; at = STEP.lastIndex) {
    STEP.lastIndex = at;
    const match = STEP.exec(text);
    if (!match) throw compilationError('invalidArguments', `Invalid extraction path '${text}'.`);
    const [, word, quoted, bracketed, single, index] = match;
    steps.push(index === undefined ? ((word ?? quoted ?? bracketed ?? single) as string) : Number(index));
  }
  return steps;
}
