/**
 * Whether a worker is well: `/health` as Kafka Connect has it, and two for orchestrators. `live` says that the process
 * answers: without it, start it again. `ready` says that it can do its work: without it, send it none. A connector that
 * has failed does not make a worker unready, since another start would not mend it; it is named all the same.
 */
import type { FastifyInstance } from 'fastify';
import type { Connect, ConnectorStatus, Health } from '../runtime/connect.ts';
import { overallState } from '../runtime/overview/state.ts';
import { answers, component } from './schemas.ts';

const statusOf: Readonly<Record<Health['status'], number>> = { healthy: 200, unhealthy: 500, starting: 503 };

const tags = ['worker'];

export function healthRoutes(app: FastifyInstance, connect: Connect): void {
  app.get(
    '/health',
    {
      config: { opens: 'health' },
      schema: {
        operationId: 'getHealth',
        summary: 'Whether the worker can do its work',
        tags,
        response: answers({
          200: component('Health', 'It can.'),
          500: component('Health', 'It cannot.'),
          503: component('Health', 'Not yet: it is starting.'),
        }),
      },
    },
    async (_request, reply) => {
      const health = await connect.checkHealth();
      return reply.code(statusOf[health.status]).send(health);
    },
  );

  app.get(
    '/health/live',
    {
      config: { opens: 'health' },
      schema: {
        operationId: 'getLiveness',
        summary: 'Whether the process answers, whatever it waits for',
        tags,
        response: answers({ 200: component('Liveness') }),
      },
    },
    async () => ({ status: 'live' }),
  );

  app.get(
    '/health/ready',
    {
      config: { opens: 'health' },
      schema: {
        operationId: 'getReadiness',
        summary: 'Whether Kafka answers and every connector that is to run has started; what is not, and why',
        tags,
        response: answers({
          200: component('Readiness', 'It is ready.'),
          503: component('Readiness', 'It is not.'),
        }),
      },
    },
    async (_request, reply) => {
      const { isReady, reasons } = readinessOf(connect);
      return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not_ready', reasons });
    },
  );
}

interface Reason {
  readonly what: string;
  readonly why: string;
}

function readinessOf(connect: Connect): { readonly isReady: boolean; readonly reasons: readonly Reason[] } {
  const { status, message } = connect.health();
  if (status !== 'healthy') return { isReady: false, reasons: [{ what: 'worker', why: message }] };
  const all = connect.connectors().map((name) => connect.status(name));
  const waiting = all.filter((one) => overallState(one) === 'UNASSIGNED');
  const failed = all.filter((one) => overallState(one) === 'FAILED');
  return {
    isReady: waiting.length === 0,
    reasons: [
      ...waiting.map(({ name }) => ({ what: name, why: 'its tasks have not started yet' })),
      ...failed.map((one) => ({ what: one.name, why: failureOf(one) })),
    ],
  };
}

/** The first line of the first trace: the rest is in the status. */
function failureOf({ connector, tasks }: ConnectorStatus): string {
  const trace = [connector, ...tasks].find((one) => one.state === 'FAILED' && one.trace !== undefined)?.trace;
  return `it has failed: ${trace?.split('\n', 1)[0] ?? 'its status says why'}`;
}
