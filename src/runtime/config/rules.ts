/** Rules between the keys of a connector: what no schema of a single key can say. Worded as Kafka Connect does. */

import { schemaFaults } from '../schema/json-schema.ts';
import type { Composition } from './compose.ts';
import { foreignKey } from './foreign-keys.ts';
import type { FlatConfig, LintCode, RuntimeSettings } from './model.ts';
import { hasReference } from './references.ts';
import type { Finding } from './section.ts';
import { topicPattern } from './topic-pattern.ts';

const error = (key: string, message: string, code: LintCode = 'wrong-value', pointer = ''): Finding => ({
  level: 'error',
  code,
  key,
  message,
  pointer,
});

/**
 * Why a connector cannot have this name; undefined when it can. A URL, a consumer group and a transactional id must be
 * able to carry it. (Kafka Connect takes a slash as well, and can then never read or delete the connector.)
 */
export function nameFault(name: string): string | undefined {
  if (name === '') return 'String may not be empty';
  const controls = [...name].filter((char) => /\p{Cc}/u.test(char)).map((char) => char.codePointAt(0));
  if (controls.length > 0) {
    return `String may not contain control sequences but had the following ASCII chars: ${controls.join(', ')}`;
  }
  if (!name.isWellFormed()) return 'String must be valid Unicode but has half of a surrogate pair';
  if (name.includes('/')) return 'String may not contain a slash: no URL could reach the connector';
  if (name === '.' || name === '..') return 'String may not be a step in a path: no URL could reach the connector';
  if (name.length > maxNameLength) return `String may not be longer than ${maxNameLength} characters`;
  return undefined;
}

const maxNameLength = 255;

/** The name that a connector is given, and the one that its configuration repeats. */
export function checkName(given: string, flat: FlatConfig): readonly Finding[] {
  const findings: Finding[] = [];
  const name = given.trim();
  const fault = nameFault(name);
  if (fault !== undefined) {
    const shown = name
      .toWellFormed()
      .replaceAll(/\p{Cc}/gu, '')
      .slice(0, maxNameLength);
    findings.push(error('name', `Invalid value ${shown} for configuration name: ${fault}`, 'invalid-name'));
  }
  const inner = flat['name'];
  if (inner !== undefined && inner.trim() !== name) {
    const message = `Connector name configuration (${inner}) doesn't match connector name in the URL (${name})`;
    findings.push(error('name', message, 'invalid-name'));
  }
  return findings;
}

/** Keys of Kafka Connect's that are accepted and change nothing. */
export function checkForeignKeys(flat: FlatConfig, isKnown: (key: string) => boolean): readonly Finding[] {
  return Object.entries(flat).flatMap(([key, text]): Finding[] => {
    const reason = isKnown(key) ? '' : (foreignKey(key, text) ?? '');
    if (reason === '') return [];
    return [{ level: 'warning', code: 'no-effect', key, message: `${key} has no effect here: ${reason}.` }];
  });
}

/** Kafka's own rule: `Topic.validate`. */
const isTopicName = (name: string): boolean => /^[a-zA-Z0-9._-]{1,249}$/.test(name) && !/^\.\.?$/.test(name);

/** `connector.class`, `topics`, `transforms`. */
export function checkSettings(
  settings: RuntimeSettings,
  { connector }: Composition,
  flat: FlatConfig,
): readonly Finding[] {
  const findings: Finding[] = [];
  if ((flat['connector.class'] ?? '').trim() === '') {
    const shown = flat['name'] === undefined ? '' : `name=${flat['name']}`;
    findings.push(
      error(
        'connector.class',
        `Connector config {${shown}} contains no connector type: give connector.class.`,
        'missing-key',
      ),
    );
  }
  if (connector?.plugin.kind === 'sink') {
    // Asked of the text: a list whose items were refused is not in the settings.
    const byName = (flat['topics'] ?? '').trim() !== '';
    const byPattern = flat['topics.regex'] !== undefined;
    if (byName && byPattern) {
      findings.push(error('topics', 'topics and topics.regex are mutually exclusive options, but both are set.'));
    }
    if (!byName && !byPattern) {
      findings.push(error('topics', 'Must configure one of topics or topics.regex', 'missing-key'));
    }
    const impossible = hasReference(flat['topics'] ?? '')
      ? undefined
      : settings.topics.find((topic) => !isTopicName(topic));
    if (impossible !== undefined) {
      const why = 'a topic has 1 to 249 letters, digits, dots, underscores and hyphens';
      findings.push(error('topics', `Invalid value ${impossible} for configuration topics: ${why}`));
    }
  }
  const aliases = (flat['transforms'] ?? '').split(',').map((alias) => alias.trim());
  const double = aliases.find((alias, index) => alias !== '' && aliases.indexOf(alias) !== index);
  if (double !== undefined) {
    const given = flat['transforms'];
    findings.push(
      error('transforms', `Invalid value ${given} for configuration transforms: Duplicate alias provided: ${double}`),
    );
  }
  return [...findings, ...checkSchemas(settings, flat)];
}

/** `value.schemas` and its field. */
function checkSchemas({ values: { schemas } }: RuntimeSettings, flat: FlatConfig): readonly Finding[] {
  if (schemas === undefined) return [];
  const key = 'value.schemas';
  const findings = Object.entries(schemas).flatMap(([type, schema]): readonly Finding[] => {
    const pointer = `/${type.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (typeof schema === 'string') {
      const why = 'is text: the path of a file counts only in the YAML of a worker, so give the schema itself';
      return [error(key, `The schema of ${type} ${why}.`, 'no-schema', pointer)];
    }
    return schemaFaults(schema).map((fault) =>
      error(key, `The schema of ${type}: ${fault.message}.`, 'no-schema', pointer + fault.pointer),
    );
  });
  if (flat['value.schemas.field'] !== undefined) return findings;
  const message = 'value.schemas needs value.schemas.field: the field that names the type of a value.';
  return [...findings, error('value.schemas.field', message, 'missing-key')];
}

/** The error handler and the dead letter queue; `topic` is `errors.deadletterqueue.topic.name`, resolved. */
export function checkHandling(
  settings: RuntimeSettings,
  { connector }: Composition,
  flat: FlatConfig,
  topic: unknown,
): readonly Finding[] {
  const findings: Finding[] = [];
  const handling = Object.keys(flat).find(
    (key) => key === 'errors.handler' || key.startsWith('errors.deadletterqueue.'),
  );
  if (handling !== undefined && settings.errors.tolerance === 'none') {
    const message = `${handling} has no effect while errors.tolerance is none: a record that fails stops the task. Set errors.tolerance: all.`;
    findings.push({ level: 'warning', code: 'no-effect', key: handling, message });
  }
  if (connector?.plugin.kind !== 'sink') return findings;
  const key = 'errors.deadletterqueue.topic.name';
  const { topics, topicsRegex } = settings;
  const matches = (name: string) => topicsRegex !== undefined && topicPattern(topicsRegex).test(name);
  if (typeof topic === 'string' && topic !== '') {
    // As it is written: what a reference stands for is not shown.
    const shown = flat[key] ?? topic;
    const list = hasReference(flat['topics'] ?? '') ? flat['topics'] : topics.join(', ');
    if (topics.includes(topic)) {
      const where = `the list of topics ('topics=[${list}]')`;
      findings.push(error(key, `The DLQ topic '${shown}' may not be included in ${where} consumed by the connector`));
    }
    if (matches(topic)) {
      const where = `the regex matched topics ('topics.regex=${flat['topics.regex']}')`;
      findings.push(error(key, `The DLQ topic '${shown}' may not be included in ${where} consumed by the connector`));
    }
    return findings;
  }
  // A name that the pattern is likely to match: whatever its wild cards stand for.
  const sample = (topicsRegex ?? '').replaceAll(/\.[*+]\??/g, 'x').replaceAll('\\', '');
  if (settings.errors.tolerance === 'all' && matches(sample) && matches(`${sample}.dlq`)) {
    const message = `topics.regex matches the connector's own dead letter queues (<topic>.dlq), which would go round for ever: name one with ${key}, or keep them out: (?!.*\\.dlq$)${flat['topics.regex']}`;
    findings.push(error('topics.regex', message));
  }
  return findings;
}
