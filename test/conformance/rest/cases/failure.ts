import { beyond, type Case, type Plugins } from '../model.ts';

/** A task that fails, a connector that fails, and a source that waits, which is no failure. */
export function failureCases({ taskFails, connectorFails, nothingYet }: Plugins): readonly Case[] {
  const failed = { id: 0, state: 'FAILED', worker_id: /:/, version: /./, trace: /./ };
  const create = (what: string, name: string, config: object): Case => ({
    what,
    request: 'POST /connectors',
    send: { name, config },
    status: 201,
    body: { name, config: { ...config, name }, tasks: Array.isArray, type: 'source' },
  });
  return [
    create('create one whose task fails', 'task-fails', taskFails),
    {
      what: 'status with a failed task',
      request: 'GET /connectors/task-fails/status',
      status: 200,
      body: { connector: { state: 'RUNNING' }, tasks: [failed], type: 'source' },
    },
    {
      what: 'status of a failed task',
      request: 'GET /connectors/task-fails/tasks/0/status',
      status: 200,
      body: failed,
    },
    {
      what: 'restart only the failed ones, tasks included',
      request: 'POST /connectors/task-fails/restart?includeTasks=true&onlyFailed=true',
      status: 202,
      body: { connector: { state: 'RUNNING' }, tasks: [{ id: 0, state: 'RESTARTING', trace: /./ }] },
    },
    create('create a connector that fails', 'connector-fails', connectorFails),
    {
      what: 'status with a failed connector',
      request: 'GET /connectors/connector-fails/status',
      status: 200,
      body: { connector: { state: 'FAILED', worker_id: /:/, trace: /./ }, tasks: [{ id: 0, state: 'RUNNING' }] },
    },
    {
      what: 'restart only the failed connector',
      request: 'POST /connectors/connector-fails/restart?onlyFailed=true',
      status: 202,
      body: { connector: { state: 'RESTARTING', trace: /./ }, tasks: [{ id: 0, state: 'RUNNING' }] },
    },
    create('create a source that has nothing to read', 'waits', nothingYet),
    {
      what: 'nothing to read is no failure',
      request: 'GET /connectors/waits/status',
      status: 200,
      body: { connector: { state: 'RUNNING' }, tasks: [{ id: 0, state: 'RUNNING' }] },
    },
    ...['connector-fails', 'waits'].map((name) =>
      beyond({ what: `delete ${name}`, request: `DELETE /connectors/${name}`, status: 204 }),
    ),
  ];
}
