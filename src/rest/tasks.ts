/** The tasks of a connector: what they are, how they are, and restarting one. */
import type { FastifyInstance } from 'fastify';
import type { Connect } from '../runtime/connect.ts';
import { type Named, notFound } from './connector-name.ts';
import { orNotFound, routerError } from './errors.ts';
import { answers, bodyErrors, component, connectorParams, nothing } from './schemas.ts';

interface OfTask {
  readonly Params: { readonly name: string; readonly task: string };
}

const tags = ['tasks'];

const taskParams = {
  ...connectorParams,
  properties: { ...connectorParams.properties, task: { type: 'string', description: 'Number of the task, from 0.' } },
  required: ['name', 'task'],
} as const;

/** The largest `int`: Kafka Connect's task ids are that. */
const maxTask = 2 ** 31 - 1;

/** The number of a task; what is none is a path that there is not. */
function taskNumber(text: string): number {
  const task = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (task <= maxTask) return task;
  throw routerError(404);
}

export function taskRoutes(app: FastifyInstance, connect: Connect): void {
  app.get<Named>(
    '/connectors/:name/tasks',
    {
      schema: {
        operationId: 'listTasks',
        summary: 'The tasks of a connector with their configurations',
        tags,
        params: connectorParams,
        response: answers({ 200: component('Tasks') }, 404),
      },
    },
    ({ params: { name } }) => orNotFound(notFound(name), () => connect.tasks(name)),
  );

  app.get<OfTask>(
    '/connectors/:name/tasks/:task/status',
    {
      schema: {
        operationId: 'getTaskStatus',
        summary: 'The state of a task',
        tags,
        params: taskParams,
        response: answers({ 200: component('TaskStatus') }, 404),
      },
    },
    ({ params: { name, task: text } }) => {
      const task = taskNumber(text);
      return orNotFound(`No status found for task ${name}-${task}`, () => connect.taskStatus(name, task));
    },
  );

  app.post<OfTask>(
    '/connectors/:name/tasks/:task/restart',
    {
      schema: {
        operationId: 'restartTask',
        summary: 'Restart a task',
        tags,
        params: taskParams,
        response: answers({ 204: nothing('It is restarting.') }, 404, 409, ...bodyErrors),
      },
    },
    async ({ params: { name, task: text } }, reply) => {
      const task = taskNumber(text);
      await orNotFound(`Unknown connector: ${name}`, () => connect.connector(name));
      await orNotFound(`Unknown task: ${name}-${task}`, () => connect.restartTask(name, task));
      return reply.code(204).send();
    },
  );
}
