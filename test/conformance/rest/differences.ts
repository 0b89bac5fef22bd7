/**
 * What we do otherwise than Kafka Connect on purpose: where issue 5 finds it poor, or where the design has decided
 * otherwise. Everything else in `cases.ts` we answer as it does.
 */
import type { Answer, Difference } from './model.ts';

const refused = (body: string | RegExp): Answer => ({ status: 400, body });
const missing = refused('The body is missing: send a JSON object');
const list = refused('The body must be object, not array');
const unknown = (what: string): Answer => ({ status: 404, body: `Unknown ${what}` });
const nothingThere: Answer = { status: 404, body: 'Connector rosé/2024 not found' };
const leftOut = (config: object) => !Object.values(config).includes(null);
const unknownKey = /Unknown configuration "cellar\.colour"/;

export const differences: readonly Difference[] = [
  {
    because:
      'A body that is not what it should be is a mistake of its sender: 400 with the place and what is due, not 500 with ' +
      'the words of a JVM.',
    answers: {
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
      'alter: a source: a partition that is no object': refused(/"partition" must be object or null, not string$/),
      'alter: an unknown key': refused('The body has an unknown key "positions": it takes offsets'),
      'alter: a bare list': list,
      'alter: no body': missing,
      'alter: bad JSON': refused(/^The body is not JSON: line 1, column 2: expected a key/),
      'level: no body': missing,
      'level: bad JSON': refused(/^The body is not JSON: line 1, column 1: expected a value/),
    },
  },
  {
    because: 'Offsets that cannot be are a mistake of their sender as well, whoever finds it: 400, and what is wrong.',
    answers: {
      'alter: a source: a partition that its plugin does not know': refused(/should contain the key 'partition'/),
      'alter: a source: an offset that its plugin refuses': refused(/is expected to be a number/),
      'alter: a source: no partition': refused('Partition objects cannot be null'),
      'alter: a sink: a topic that there is not': refused('There is no partition 0 of a topic nowhere in Kafka.'),
    },
  },
  {
    because:
      'What a YAML takes REST takes (DESIGN, decision 6): a nested value is JSON for keys that are maps or lists, and what ' +
      'is wrong with it is said by its key. null is no value: Redpanda Console sends it for a number without a default, and ' +
      'a connector of Kafka Connect keeps it and FAILS at once.',
    answers: {
      'put: a null value': { status: 200, body: { name: 'put-made', config: leftOut } },
      'validate: a nested value': { status: 200 },
      'create: a nested value': refused(/Value must be at least 1/),
    },
  },
  {
    because: 'A key that nobody knows is a mistake that is better told than kept (`config.unknown.keys`).',
    answers: {
      'validate: an unknown key': {
        status: 200,
        body: { configs: [{ value: { name: 'cellar.colour', errors: [unknownKey] } }] },
      },
      'create: an unknown key': refused(unknownKey),
      'patch an unknown key': refused(unknownKey),
    },
  },
  {
    because: 'A name with a slash could never be read or deleted through REST: there is no such connector.',
    answers: {
      'create: a name with a slash': refused(
        /Invalid value rosé\/2024 for configuration name: String may not contain a slash/,
      ),
      'read a name with a slash': nothingThere,
      'delete a name with a slash': nothingThere,
      'the one with a slash is left': {
        status: 200,
        body: (names: unknown) => Array.isArray(names) && !names.includes('rosé/2024'),
      },
    },
  },
  {
    because: 'Validating answers for every configuration, and says at connector.class what is wrong with it.',
    answers: {
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
    },
  },
  {
    because:
      'A connector keeps its name: a configuration that names another could not be sent back by PUT, which refuses it in ' +
      'these words here and there.',
    answers: {
      'patch the name': refused(
        "Connector name configuration (other) doesn't match connector name in the URL (orders-in)",
      ),
    },
  },
  {
    because:
      'No request waits for a leader (DESIGN, decision 4): a stopped connector has no task, and to try again, which a 409 ' +
      'asks for, would never help.',
    answers: { 'restart a task when stopped': unknown('task: orders-in-0') },
  },
  {
    because:
      'A plugin is one object, without code that would run beside its tasks (DESIGN, decision 7): a connector FAILS when its ' +
      'configuration does not hold at the start, and then it has no tasks.',
    answers: {
      'status with a failed connector': {
        status: 200,
        body: { connector: { state: 'FAILED', trace: /./ }, tasks: [] },
      },
      'restart only the failed connector': {
        status: 202,
        body: { connector: { state: 'RESTARTING', trace: /./ }, tasks: [] },
      },
    },
  },
  {
    because:
      'Keys are text and values JSON (DESIGN, contracts): converters are no plugins, and their keys are taken as they are.',
    answers: { 'keys of a converter': { status: 404, body: /^Unknown plugin / } },
  },
  {
    because: 'There is no standalone mode (DESIGN, decision 3): a worker that is alone answers as one of many.',
    answers: {
      'alone: create: a null value': { status: 201, body: { name: 'null-alone', config: leftOut } },
      'alone: put: a null value': { status: 201, body: { name: 'null-put-alone', config: leftOut } },
      'alone: restart a task when stopped': unknown('task: alone-0'),
      'alone: stop an unknown connector': unknown('connector nobody'),
      'alone: restart an unknown connector': unknown('connector: nobody'),
      'alone: restart an unknown task': unknown('task: alone-9'),
      'alone: restart a task of an unknown connector': unknown('connector: nobody'),
    },
  },
  {
    because: 'RFC 9110 wants the header Allow on a 405.',
    answers: { 'the header Allow of a method that is refused': { status: 405, headers: { allow: /GET/ } } },
  },
];
