/** Pause, resume and stop: each sets the state that a connector is to have, and is answered before it has it. */
import type { FastifyInstance } from 'fastify';
import type { TargetState } from '../runtime/config/model.ts';
import type { Connect } from '../runtime/connect.ts';
import { HttpError, orNotFound } from './errors.ts';

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
  { action: 'pause', state: 'PAUSED', status: 202 },
  { action: 'resume', state: 'STARTED', status: 202 },
  { action: 'stop', state: 'STOPPED', status: 204 },
] as const;

export function lifecycleRoutes(app: FastifyInstance, connect: Connect): void {
  for (const { action, state, status } of actions) {
    app.put<{ Params: { readonly name: string } }>(
      `/connectors/:name/${action}`,
      async ({ params: { name } }, reply) => {
        await orNotFound(`Unknown connector ${name}`, () => connect.setTargetState(name, state));
        return reply.code(status).send();
      },
    );
  }
}
