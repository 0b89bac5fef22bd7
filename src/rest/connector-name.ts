/**
 * A connector's name as a client gives it: trimmed, as Kafka Connect does, and refused by the rules of the runtime. A
 * slash, which Connect takes and then can never read or delete through REST, is among what they refuse.
 */
import { invalidConfigMessage } from '../runtime/config/lint.ts';
import { nameFault } from '../runtime/config/rules.ts';
import { HttpError } from './errors.ts';

/** A route about one connector. */
export interface Named {
  readonly Params: { readonly name: string };
}

/** Kafka Connect's words for a connector that is not there; some routes have others. */
export const notFound = (name: string) => `Connector ${name} not found`;

/** Where a connector is, for the header of that name. */
export const location = (name: string) => `/connectors/${encodeURIComponent(name)}`;

/** How much of a refused name is shown. */
const shownLength = 255;

/** The name as it is kept (Connect trims it), or 400 in Connect's words. */
export function connectorName(given: string): string {
  const name = given.trim();
  const problem = nameFault(name);
  if (problem === undefined) return name;
  const message = `Invalid value ${printable(name)} for configuration name: ${problem}`;
  throw new HttpError(400, invalidConfigMessage([{ level: 'error', code: 'invalid-name', key: 'name', message }]));
}

const printable = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, '')
    .slice(0, shownLength);
