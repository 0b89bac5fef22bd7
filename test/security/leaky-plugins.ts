/** Plugins that do with their secret all that a plugin should not, as the text of files beside a configuration. */

const leaks = `
  const { token } = config;
  const letSlip = () => {
    for (const level of ['debug', 'info', 'warn', 'error']) {
      log[level](\`the token is \${token}\`, { token, config, deep: [{ url: 'https://x:' + encodeURIComponent(token) + '@y' }] });
    }
    log.info('Authorization: Basic ' + Buffer.from('albert:' + token).toString('base64'));
    log.warn(config);
    // In the worker's own thread this goes past the worker: see what docs promise.
    if (!isMainThread) {
      console.log('config', config);
      console.error(JSON.stringify(config));
    }
    metrics.slips_total.add(1, { by: token });
  };
  const failure = (message) => Object.assign(
    new Error(message + ': ' + JSON.stringify(config), { cause: new Error('connect https://albert:' + encodeURIComponent(token) + '@cellar') }),
    { config },
  );
  letSlip();
`;

const file = (kind: string, name: string, rest: string) => `
import { isMainThread } from 'node:worker_threads';
import { ${kind}, InvalidRecordsError } from 'caves-connect/sdk';
export default ${kind}({
  name: '${name}', version: '1.0.0', summary: 'Lets its secret slip',
  config: { properties: {
    token: { type: 'string', secret: true, description: 'A secret' },
    ask: { type: 'string', default: 'nothing', description: 'What to do' },
  } },
  metrics: { slips_total: { type: 'counter', help: 'Slips', labels: ['by'] } },
  check: (config) => config.ask === 'check' ? { ask: 'refused with ' + JSON.stringify(config) } : {},
  ${rest}
});`;

export const leakyPlugins: Readonly<Record<string, string>> = {
  'leaky-source.ts': file(
    'defineSource',
    'leaky-source',
    `initialOffset: { next: 0 },
  async open({ config, log, metrics }) {
    ${leaks}
    if (config.ask === 'throw at open') throw failure('cannot open');
    return {
      async *read({ offset, signal }) {
        if (config.ask === 'throw at read') throw failure('cannot read');
        if (config.ask === 'throw from a timer') setTimeout(() => { throw failure('nobody caught it'); }, 10);
        if (offset.next === 0) yield { records: [{ topic: 'slips', value: { fine: true } }], offset: { next: 1 } };
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      },
    };
  },`,
  ),
  'leaky-sink.ts': file(
    'defineSink',
    'leaky-sink',
    `async open({ config, log, metrics }) {
    ${leaks}
    return {
      async write({ records }) {
        if (records.length > 0) throw new InvalidRecordsError(new Map(records.map((_, i) => [i, failure('refused').message])));
      },
      async alterPositions() { throw failure('cannot move'); },
    };
  },`,
  ),
  'leaky-transform.ts': file(
    'defineTransform',
    'leaky-transform',
    `open({ config, log, metrics }) {
    ${leaks}
    return { apply() { throw failure('cannot transform'); } };
  },`,
  ),
};
