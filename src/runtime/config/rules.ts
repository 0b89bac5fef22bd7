/** Rules between the keys of a connector: what no schema of a single key can say. Worded as Kafka Connect does. */
import type { Composition } from './compose.ts';
import { foreignKey } from './foreign-keys.ts';
import { schemaFaults } from './json-schema.ts';
import type { FlatConfig, RuntimeSettings } from './model.ts';
import type { Finding } from './section.ts';

const error = (key: string, message: string, code = 'wrong-value', pointer = ''): Finding => ({
  level: 'error',
  code,
  key,
  message,
  pointer,
});

/** The name that a connector is given, and the one that its configuration repeats. */
export function checkName(name: string, flat: FlatConfig): readonly Finding[] {
  const findings: Finding[] = [];
  if (name.trim() === '')
    findings.push(error('name', 'Invalid value  for configuration name: String may not be empty'));
  const plain = name.replaceAll(/\p{Cc}/gu, '');
  if (plain !== name) {
    findings.push(
      error('name', `Invalid value ${plain} for configuration name: String may not contain control characters`),
    );
  }
  const inner = flat['name'];
  if (inner !== undefined && inner.trim() !== name.trim()) {
    findings.push(
      error('name', `Connector name configuration (${inner}) doesn't match connector name in the URL (${name})`),
    );
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
    if (!byName && !byPattern)
      findings.push(error('topics', 'Must configure one of topics or topics.regex', 'missing-key'));
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
  if (typeof topic !== 'string' || topic === '' || connector?.plugin.kind !== 'sink') return findings;
  const key = 'errors.deadletterqueue.topic.name';
  const { topics, topicsRegex } = settings;
  if (topics.includes(topic)) {
    const message = `The DLQ topic '${topic}' may not be included in the list of topics ('topics=[${topics.join(', ')}]') consumed by the connector`;
    findings.push(error(key, message));
  }
  if (topicsRegex !== undefined && new RegExp(`^(?:${topicsRegex})$`, 'u').test(topic)) {
    const message = `The DLQ topic '${topic}' may not be included in the regex matched topics ('topics.regex=${topicsRegex}') consumed by the connector`;
    findings.push(error(key, message));
  }
  return findings;
}
