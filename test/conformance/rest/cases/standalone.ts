/** What a standalone worker of Kafka Connect answers otherwise than a distributed one. */
import { beyond, type Case, type Plugins } from '../model.ts';

export function standaloneCases({ source, text }: Plugins): readonly Case[] {
  const nullValue = 'Non-string value found in original settings for key';
  return [
    beyond({
      what: 'create one in a worker that is alone',
      request: 'POST /connectors',
      send: { name: 'alone', config: source, initial_state: 'STOPPED' },
      status: 201,
    }),
    {
      what: 'alone: create: a null value',
      request: 'POST /connectors',
      send: { name: 'null-alone', config: { ...source, [text]: null } },
      status: 500,
      body: new RegExp(nullValue),
    },
    {
      what: 'alone: put: a null value',
      request: 'PUT /connectors/null-put-alone/config',
      send: { ...source, [text]: null },
      status: 500,
      body: new RegExp(nullValue),
    },
    {
      what: 'alone: restart a task when stopped',
      request: 'POST /connectors/alone/tasks/0/restart',
      status: 404,
      body: 'Task alone-0 not found',
    },
    {
      what: 'alone: stop an unknown connector',
      request: 'PUT /connectors/nobody/stop',
      status: 500,
      body: 'No connector `nobody` configured',
    },
    {
      what: 'alone: restart an unknown connector',
      request: 'POST /connectors/nobody/restart',
      status: 500,
      body: /is null/,
    },
    {
      what: 'alone: restart an unknown task',
      request: 'POST /connectors/alone/tasks/9/restart',
      status: 404,
      body: 'Task alone-9 not found',
    },
    {
      what: 'alone: restart a task of an unknown connector',
      request: 'POST /connectors/nobody/tasks/0/restart',
      status: 500,
      body: 'Failed to start task nobody-0 since it is not a recognizable type (source or sink)',
    },
    beyond({
      what: 'delete the one of a worker that is alone',
      request: 'DELETE /connectors/alone',
      status: 204,
    }),
  ];
}
