/**
 * Puts modules of our own in the place of kafkajs's: it has no hooks for what they do. That works only until kafkajs
 * has loaded the module, so it happens in `index.ts`, before kafkajs itself is loaded.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** A module of kafkajs by its path in `kafkajs/src`, without `.js`. */
export const inner = <T>(path: string): T => require(fileOf(path)) as T;

/** From now on whoever loads the module gets what `make` makes of it. */
export function replace<T>(path: string, make: (original: T) => T): void {
  const replacement = make(inner<T>(path));
  const module = require.cache[require.resolve(fileOf(path))];
  if (module !== undefined) module.exports = replacement;
}

const fileOf = (path: string) => `kafkajs/src/${path}.js`;
