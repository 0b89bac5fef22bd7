import { beyond, type Case, type Plugins } from '../model.ts';

const order = (what: string, action: string, status: number): Case => ({
  what,
  request: `PUT /connectors/orders-in/${action}`,
  status,
  body: '',
});

const stateIs = (what: string, state: string): Case => ({
  what,
  request: 'GET /connectors/orders-in/status',
  status: 200,
  body: { connector: { state }, tasks: state === 'STOPPED' ? [] : [{ id: 0, state }] },
});

const restart = (what: string, query: string, status: number, body: Case['body'] = ''): Case => ({
  what,
  request: `POST /connectors/orders-in/restart${query}`,
  status,
  body,
});

const unknown = (action: string): Case => ({
  what: `${action} an unknown connector`,
  request: `PUT /connectors/nobody/${action}`,
  status: 404,
  body: 'Unknown connector nobody',
});

const restartUnknown = (what: string, query: string): Case => ({
  what,
  request: `POST /connectors/nobody/restart${query}`,
  status: 404,
  body: 'Unknown connector: nobody',
});

const all = (state: string) => ({ name: 'orders-in', connector: { state }, tasks: [{ id: 0, state }], type: 'source' });

/** After those that configure: the patched name is put right first, where it was taken. */
export function lifecycleCases({ source }: Plugins): readonly Case[] {
  return [
    beyond({ what: 'the config as it was', request: 'PUT /connectors/orders-in/config', send: source, status: 200 }),
    beyond(stateIs('it runs', 'RUNNING')),
    order('pause', 'pause', 202),
    stateIs('status when paused', 'PAUSED'),
    order('pause again', 'pause', 202),
    restart('restart when paused', '', 204),
    order('resume', 'resume', 202),
    beyond(stateIs('it runs after resume', 'RUNNING')),
    order('resume again', 'resume', 202),
    order('stop', 'stop', 204),
    stateIs('status when stopped', 'STOPPED'),
    {
      what: 'a connector when stopped',
      request: 'GET /connectors/orders-in',
      status: 200,
      body: { tasks: [], type: 'source' },
    },
    { what: 'tasks when stopped', request: 'GET /connectors/orders-in/tasks', status: 200, body: [] },
    restart('restart when stopped', '', 204),
    {
      what: 'restart a task when stopped',
      request: 'POST /connectors/orders-in/tasks/0/restart',
      status: 409,
      body: /^Cannot complete request momentarily/,
    },
    order('stop again', 'stop', 204),
    order('pause when stopped', 'pause', 202),
    order('resume after stop', 'resume', 202),
    beyond(stateIs('it runs after stop', 'RUNNING')),
    unknown('pause'),
    unknown('resume'),
    unknown('stop'),
    {
      what: 'a body that is not due',
      request: 'PUT /connectors/cellar-out/resume',
      send: { why: 'no reason' },
      status: 202,
      body: '',
    },
    restart('restart', '', 204),
    beyond(stateIs('it runs after a restart', 'RUNNING')),
    restart('restart with includeTasks', '?includeTasks=true', 202, all('RESTARTING')),
    beyond(stateIs('it runs after a restart of its tasks', 'RUNNING')),
    restart('restart onlyFailed, none failed', '?onlyFailed=true', 202, all('RUNNING')),
    restart('restart both, none failed', '?includeTasks=true&onlyFailed=true', 202, all('RUNNING')),
    restart('restart includeTasks not a boolean', '?includeTasks=maybe', 204),
    restartUnknown('restart an unknown connector', ''),
    restartUnknown('restart an unknown connector with includeTasks', '?includeTasks=true'),
    beyond(stateIs('it runs before its task is restarted', 'RUNNING')),
    { what: 'restart a task', request: 'POST /connectors/orders-in/tasks/0/restart', status: 204, body: '' },
    {
      what: 'restart an unknown task',
      request: 'POST /connectors/orders-in/tasks/9/restart',
      status: 404,
      body: 'Unknown task: orders-in-9',
    },
    {
      what: 'restart a task that is no number',
      request: 'POST /connectors/orders-in/tasks/abc/restart',
      status: 404,
      body: 'HTTP 404 Not Found',
    },
    {
      what: 'restart a task of an unknown connector',
      request: 'POST /connectors/nobody/tasks/0/restart',
      status: 404,
      body: 'Unknown connector: nobody',
    },
  ];
}
