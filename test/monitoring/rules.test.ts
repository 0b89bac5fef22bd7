/** The recording and alert rules: as promtool sees them, and beside the page that says what to do about each. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { taskSpecs, workerTable } from '../../src/runtime/metrics/table.ts';
import { root } from './dashboard-files.ts';
import { hasPrometheus } from './prometheus-server.ts';

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const rulesFile = `${root}monitoring/prometheus/rules/caves-connect.yml`;
const testsFile = `${root}monitoring/prometheus/tests/caves-connect.yml`;
const { groups } = parse(readFileSync(rulesFile, 'utf8')) as { groups: readonly { readonly rules: readonly Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const alerts = rules.filter((rule) => rule.alert !== undefined);

describe('each alert', () => {
  const runbook = readFileSync(`${root}docs/alerts.md`, 'utf8');
  const sections = [...runbook.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title);

  test('has a severity, a summary, a description and a page that helps, and each page an alert', () => {
    for (const { alert = '', labels, annotations } of alerts) {
      expect(labels?.['severity'], alert).toMatch(/^(critical|warning)$/);
      expect(annotations?.['summary'], alert).toMatch(/\S/);
      expect(annotations?.['description'], alert).toMatch(/\.$/);
      expect(annotations?.['runbook_url'], alert).toBe(`docs/alerts.md#${alert.toLowerCase()}`);
    }
    expect(sections.sort()).toEqual(alerts.map(({ alert }) => alert).sort());
  });

  test('is tested', () => {
    const tested = new Set([...readFileSync(testsFile, 'utf8').matchAll(/alertname: (\w+)/g)].map(([, name]) => name));
    expect(alerts.filter(({ alert }) => !tested.has(alert))).toEqual([]);
  });
});

test('every metric that a rule asks for is one of ours, or recorded by another rule', () => {
  const known = new Set([...taskSpecs, ...Object.values(workerTable)].map(({ name }) => name));
  const ofOthers = /^(up|nodejs_[a-z0-9_]+|snowflake_[a-z_]+)$/;
  for (const { alert, record, expr } of rules) {
    for (const [, name = ''] of expr.matchAll(
      /(?<![\w:])((?:kafka|connect|snowflake|nodejs)_[a-z0-9_]+|up)(?=[{[\s)]|$)/g,
    )) {
      const base = name.replace(/_bucket$/, '');
      expect(known.has(base) || ofOthers.test(base), `${alert ?? record}: ${base}`).toBe(true);
    }
    for (const [name] of expr.matchAll(/connector:[a-z_]+:[a-z0-9_]+/g)) {
      expect(
        rules.map((rule) => rule.record),
        alert ?? record,
      ).toContain(name);
    }
  }
});

describe.skipIf(!hasPrometheus)(`promtool${hasPrometheus ? '' : ' (skipped: prometheus is not installed)'}`, () => {
  test('finds no fault with the rules', () => {
    expect(execFileSync('promtool', ['check', 'rules', rulesFile], { encoding: 'utf8' })).toContain('SUCCESS');
  });

  test('sees each alert fire when it should, and keep quiet when not', () => {
    expect(execFileSync('promtool', ['test', 'rules', testsFile], { encoding: 'utf8' })).toContain('SUCCESS');
  });
});
