/**
 * Pause, resume and stop: each sets the state that a connector is to have, and is answered before it has it. And
 * restart, which starts what FAILED, or all of it, once more.
 */
import type { FastifyInstance } from 'fastify';
import type { TargetState } from '../runtime/config/model.ts';
import type { Connect } from '../runtime/connect.ts';
import type { Named } from './connector-name.ts';
import { HttpError, orNotFound } from './errors.ts';
import { isTrue, type Parameter, repeatable } from './query.ts';
import { answers, bodyErrors, component, connectorParams, nothing } from './schemas.ts';

/** Kafka Connect calls the wish RUNNING in a create request, and STARTED in its log. */
const byInitialState: Readonly<Record<string, TargetState>> = {
  RUNNING: 'STARTED',
  PAUSED: 'PAUSED',
  STOPPED: 'STOPPED',
};

/** The states that a connector may be created in, for people. */
export const initialStates = Object.keys(byInitialState).join(', ');

/** The target state for an `initial_state`, whatever its case. */
export function targetState(initial: string): TargetState {
  const name = initial.toUpperCase();
  const state = Object.hasOwn(byInitialState, name) ? byInitialState[name] : undefined;
  if (state !== undefined) return state;
  throw new HttpError(400, `initial_state ${JSON.stringify(initial)} is not one of ${initialStates}`);
}

const actions = [
  { action: 'pause', state: 'PAUSED', status: 202, summary: 'Pause: tasks stay, and do nothing' },
  { action: 'resume', state: 'STARTED', status: 202, summary: 'Run again what is paused or stopped' },
  { action: 'stop', state: 'STOPPED', status: 204, summary: 'Stop: tasks end, the configuration stays' },
] as const;

const tags = ['lifecycle'];

export function lifecycleRoutes(app: FastifyInstance, connect: Connect): void {
  for (const { action, state, status, summary } of actions) {
    app.put<Named>(
      `/connectors/:name/${action}`,
      {
        schema: {
          operationId: `${action}Connector`,
          summary,
          tags,
          params: connectorParams,
          response: answers({ [status]: nothing('It is on its way.') }, 404, 409, ...bodyErrors),
        },
      },
      async ({ params: { name } }, reply) => {
        await orNotFound(`Unknown connector ${name}`, () => connect.setTargetState(name, state));
        return reply.code(status).send();
      },
    );
  }

  app.post<Named & { Querystring: { readonly includeTasks?: Parameter; readonly onlyFailed?: Parameter } }>(
    '/connectors/:name/restart',
    {
      schema: {
        operationId: 'restartConnector',
        summary: 'Restart a connector, its tasks, or what of them FAILED',
        tags,
        params: connectorParams,
        querystring: {
          type: 'object',
          properties: {
            includeTasks: repeatable('true: the tasks as well. Anything else: only the connector.'),
            onlyFailed: repeatable('true: only what is FAILED.'),
          },
        },
        response: answers(
          {
            202: component('ConnectorStatus', 'With includeTasks or onlyFailed: the status, with what is RESTARTING.'),
            204: nothing('The connector alone is restarting.'),
          },
          404,
          409,
          ...bodyErrors,
        ),
      },
    },
    async ({ params: { name }, query }, reply) => {
      const request = { includeTasks: isTrue(query.includeTasks), onlyFailed: isTrue(query.onlyFailed) };
      const status = await orNotFound(`Unknown connector: ${name}`, () => connect.restart(name, request));
      if (!request.includeTasks && !request.onlyFailed) return reply.code(204).send();
      return reply.code(202).send(status);
    },
  );
}
