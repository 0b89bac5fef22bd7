/**
 * The cases before an outside judge: fakesnow runs them too and must give the same rows, so that what this repository
 * takes for Snowflake's answer is not its own opinion alone. A case that says what fakesnow does otherwise must differ.
 *
 * Skips, with the reason, where `helpers/python.ts` finds no Python that has it.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { pythonWith } from '../../helpers/python.ts';
import { type Answer, type Case, pageOf, promised } from './case.ts';
import { subjects } from './cases/index.ts';

const python = pythonWith('fakesnow');

/** Column metadata is not fakesnow's strength: of it the names only. */
function judged(answer: Answer, wanted: Case): Answer {
  const { columns: _, ...rest } = promised(answer, { ...wanted, rows: wanted.rows ?? [] });
  return wanted.error || wanted.rows ? rest : {};
}

describe.skipIf('missing' in python)(`fakesnow as a judge${'missing' in python ? ` (${python.missing})` : ''}`, () => {
  const cases = Object.values(subjects).flat();
  const answers = new Map<string, Answer>();

  beforeAll(() => {
    const input = JSON.stringify(cases.map(({ setup = [], sql }) => ({ setup, sql })));
    const script = join(import.meta.dirname, 'fakesnow_judge.py');
    const { command } = python as { readonly command: string };
    const output = execFileSync(command, [script], {
      input,
      maxBuffer: 64 * 1024 * 1024,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    (JSON.parse(output) as Answer[]).forEach((answer, index) => {
      answers.set(cases[index]?.name ?? '', answer);
    });
  }, 120_000);

  for (const each of cases) {
    if (each.fakesnow === undefined) {
      test(`agrees: ${each.name}`, () => {
        expect(judged(answers.get(each.name) ?? {}, each), pageOf(each)).toEqual(judged(each, each));
      });
    } else {
      test(`differs: ${each.name} (${each.fakesnow})`, () => {
        expect(judged(answers.get(each.name) ?? {}, each), 'it agrees now: take its mark away').not.toEqual(
          judged(each, each),
        );
      });
    }
  }
});
