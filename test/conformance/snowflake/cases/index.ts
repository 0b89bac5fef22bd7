/** All cases, by subject. */
import type { Case } from '../case.ts';
import { aggregates } from './aggregates.ts';
import { changes } from './changes.ts';
import { conditions } from './conditions.ts';
import { dates } from './dates.ts';
import { definitions } from './definitions.ts';
import { errors } from './errors.ts';
import { flatten } from './flatten.ts';
import { metadata } from './metadata.ts';
import { numbers } from './numbers.ts';
import { queries } from './queries.ts';
import { semiStructured } from './semi-structured.ts';
import { sessions } from './sessions.ts';
import { text } from './text.ts';
import { transactions } from './transactions.ts';
import { windows } from './windows.ts';

export const subjects: Readonly<Record<string, readonly Case[]>> = {
  numbers,
  text,
  conditions,
  dates,
  'semi-structured values': semiStructured,
  FLATTEN: flatten,
  aggregates,
  windows,
  queries,
  'column metadata': metadata,
  definitions,
  changes,
  transactions,
  sessions,
  errors,
};
