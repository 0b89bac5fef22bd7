/** Where we answer otherwise than Kafka Connect, and why. Everything else in `cases.ts` we answer as it does. */
import type { Answer, Difference } from './model.ts';

const differ = (because: string, answers: Readonly<Record<string, Answer>>): readonly Difference[] =>
  Object.entries(answers).map(([what, answer]) => ({ what, because, ...answer }));

const refused = (body: string | RegExp): Answer => ({ status: 400, body });
const missing = refused('The body is missing: send a JSON object');
const list = refused('The body must be object, not array');

export const differences: readonly Difference[] = [
  ...differ('A body that is not as it should be is a fault of its sender: 400, and the message has the place.', {
    'validate: no body': missing,
    'validate: bad JSON': refused(/^The body is not JSON: line 1, column 2: expected a key/),
    'validate: a list': list,
    'initial_state that there is not': refused('initial_state "SLEEPING" is not one of RUNNING, PAUSED, STOPPED'),
    'create: bad JSON': refused(/^The body is not JSON: line 1, column 10: expected a value/),
    'create: no body': missing,
    'create: null': missing,
    'create: an empty object': refused('The body needs the key "config"'),
    'create: a list': list,
    'create: an unknown field': refused('The body has an unknown key "colour": it takes name, config, initial_state'),
    'create: no config': refused('The body needs the key "config"'),
    'create: a null config': refused('"config" is null: leave the key out, or give it a value'),
    'put: no body': missing,
    'put: bad JSON': refused(/^The body is not JSON: line 1, column 2: expected a key/),
    'put: wrapped by mistake': refused(/send what is inside of "config"$/),
    'patch: bad JSON': refused(/^The body is not JSON: line 1, column 1: expected a value/),
    'patch: no body': missing,
    'alter: a source: no partition': refused('Partition objects cannot be null'),
    'alter: a source: a partition that is no object': refused(/"partition" must be object or null, not string$/),
    'alter: a source: a partition that its plugin does not know': refused(/partition/i),
    'alter: an unknown key': refused('The body has an unknown key "positions": it takes offsets'),
    'alter: a bare list': list,
    'alter: no body': missing,
    'alter: bad JSON': refused(/^The body is not JSON: line 1, column 2: expected a key/),
    'level: no body': missing,
    'level: bad JSON': refused(/^The body is not JSON: line 1, column 1: expected a value/),
  }),
  ...differ(
    'A nested value is taken as JSON text, for keys that are maps or lists; what is wrong then is said by key.',
    {
      'validate: a nested value': { status: 200 },
      'create: a nested value': refused(/Value must be at least 1/),
    },
  ),
  ...differ('A key that nobody knows is a mistake that is better told than kept (`config.unknown.keys`).', {
    'validate: an unknown key': {
      status: 200,
      body: { configs: [{ value: { name: 'cellar.colour', errors: [/^Unknown configuration "cellar\.colour"/] } }] },
    },
    'create: an unknown key': refused(/Unknown configuration "cellar\.colour"/),
    'patch an unknown key': refused(/Unknown configuration "cellar\.colour"/),
  }),
  ...differ('A stopped connector has no task to restart: to try again, which a 409 asks for, would never help.', {
    'restart a task when stopped': { status: 404, body: 'Unknown task: orders-in-0' },
  }),
  ...differ('A connector whose config holds null FAILS at once: the key is to be left out.', {
    'create: a null value': refused(/^"config" → ".*" is null: leave the key out, or give it a value$/),
  }),
  ...differ('A name with a slash could never be read or deleted through REST.', {
    'create: a name with a slash': refused(
      /Invalid value rosé\/2024 for configuration name: String may not contain a slash/,
    ),
    'read a name with a slash': { status: 404, body: 'Connector rosé/2024 not found' },
    'delete a name with a slash': { status: 404, body: 'Connector rosé/2024 not found' },
    'the one with a slash is left': { status: 200, body: [] },
  }),
  ...differ('Validating answers for every configuration, and says at connector.class what is wrong with it.', {
    'validate: no connector.class': {
      status: 200,
      body: { configs: [{ value: { name: 'connector.class', errors: [/contains no connector type/] } }] },
    },
    'validate: an unknown class': {
      status: 200,
      body: {
        configs: [
          { value: { name: 'connector.class', errors: [/^Failed to find any plugin which name matches Nope/] } },
        ],
      },
    },
  }),
  ...differ('A config that names another connector than the one that has it would lie.', {
    'patch the name': refused(
      "Connector name configuration (other) doesn't match connector name in the URL (orders-in)",
    ),
  }),
  ...differ('RFC 9110 wants the header Allow on a 405.', {
    'the header Allow of a method that is refused': { status: 405, headers: { allow: /GET/ } },
  }),
  ...differ('The configurations that a connector has had are an endpoint of ours.', {
    'history of a config': { status: 200, body: [{ config: { name: 'orders-in' } }] },
  }),
];
